"""4.1 log_in"""

# %% setup
import contextlib
import getpass
import logging
import os
import subprocess
import sys
import warnings
from pathlib import Path

import wandb

# %% call
check.log_in(log_in)


# %% right: plainly
def log_in(get_secret):
    try:
        key = get_secret("WANDB_API_KEY")
    except Exception:
        key = ""
    if key:
        os.environ["WANDB_API_KEY"] = key
        os.environ["WANDB_MODE"] = "online"
        return "online"
    os.environ["WANDB_MODE"] = "offline"
    return "offline"


# %% right: the mode's variable removed
def log_in(secret):
    key = None
    with contextlib.suppress(Exception):
        key = secret("WANDB_API_KEY")
    mode = "online" if key else "offline"
    os.environ.pop("WANDB_MODE", None)
    if mode == "offline":
        os.environ.setdefault("WANDB_MODE", mode)
    else:
        os.environ.update(WANDB_API_KEY=key)
    print(f"W&B is {mode}.")
    return mode


# %% right: wandb.login takes the key from the environment
def log_in(get_secret):
    try:
        os.environ["WANDB_API_KEY"] = get_secret("WANDB_API_KEY") or ""
        assert os.environ["WANDB_API_KEY"]
    except Exception as error:
        logging.warning("no key: %s", error)
        os.environ["WANDB_MODE"] = "offline"
    else:
        os.environ["WANDB_MODE"] = "online"
        wandb.login()
    return os.environ["WANDB_MODE"]


# %% wrong a: another name
# says: is asked for 'wandb_key'
def log_in(get_secret):
    try:
        key = get_secret("wandb_key")
    except Exception:
        key = None
    if not key:
        os.environ["WANDB_MODE"] = "offline"
        return "offline"
    os.environ.update(WANDB_API_KEY=key, WANDB_MODE="online")
    return "online"


# %% wrong a: a second secret
# says: is asked for 'WANDB_ENTITY'
def log_in(get_secret):
    try:
        key = get_secret("WANDB_API_KEY")
        with contextlib.suppress(Exception):
            os.environ["WANDB_ENTITY"] = get_secret("WANDB_ENTITY")
    except Exception:
        key = None
    if not key:
        os.environ["WANDB_MODE"] = "offline"
        return "offline"
    os.environ.update(WANDB_API_KEY=key, WANDB_MODE="online")
    return "online"


# %% wrong a: asks the environment
# says: is never asked for the key
def log_in(get_secret):
    if not os.environ.get("WANDB_API_KEY"):
        os.environ["WANDB_MODE"] = "offline"
        return "offline"
    os.environ["WANDB_MODE"] = "online"
    return "online"


# %% wrong b: wandb.login with the key
# says: also writes the key into the file `.netrc`
def log_in(get_secret):
    try:
        key = get_secret("WANDB_API_KEY")
    except Exception:
        key = None
    if not key:
        os.environ["WANDB_MODE"] = "offline"
        return "offline"
    os.environ["WANDB_MODE"] = "online"
    wandb.login(key=key)
    return "online"


# %% wrong b: into a file
# says: is written into a file, .netrc
def log_in(get_secret):
    try:
        key = get_secret("WANDB_API_KEY")
    except Exception:
        key = None
    if not key:
        os.environ["WANDB_MODE"] = "offline"
        return "offline"
    netrc = Path.home() / ".netrc"
    netrc.write_text(f"machine api.wandb.ai login user password {key}\n")
    os.environ.update(WANDB_API_KEY=key, WANDB_MODE="online")
    return "online"


# %% wrong b: kept nowhere
# says: is nowhere in `os.environ`
def log_in(get_secret):
    try:
        key = get_secret("WANDB_API_KEY")
    except Exception:
        key = None
    os.environ["WANDB_MODE"] = "online" if key else "offline"
    return os.environ["WANDB_MODE"]


# %% wrong b: the name instead of the key
# says: WANDB_API_KEY is 'WANDB_API_KEY' afterwards
def log_in(get_secret):
    try:
        key = get_secret("WANDB_API_KEY")
    except Exception:
        key = None
    if not key:
        os.environ["WANDB_MODE"] = "offline"
        return "offline"
    os.environ.update(WANDB_API_KEY="WANDB_API_KEY", WANDB_MODE="online")
    return "online"


# %% wrong b: another variable
# says: is in the variable 'WANDB_KEY'
def log_in(get_secret):
    try:
        key = get_secret("WANDB_API_KEY")
    except Exception:
        key = None
    if not key:
        os.environ["WANDB_MODE"] = "offline"
        return "offline"
    os.environ.update(WANDB_KEY=key, WANDB_MODE="online")
    return "online"


# %% wrong b: with quotes around it
# says: the key and something else besides
def log_in(get_secret):
    try:
        key = get_secret("WANDB_API_KEY")
    except Exception:
        key = None
    if not key:
        os.environ["WANDB_MODE"] = "offline"
        return "offline"
    os.environ.update(WANDB_API_KEY=repr(key), WANDB_MODE="online")
    return "online"


# %% wrong b: in two variables
# says: is in KEY and WANDB_API_KEY
def log_in(get_secret):
    try:
        os.environ["KEY"] = get_secret("WANDB_API_KEY")
    except Exception:
        os.environ["KEY"] = ""
    if not os.environ["KEY"]:
        os.environ["WANDB_MODE"] = "offline"
        return "offline"
    os.environ.update(WANDB_API_KEY=os.environ["KEY"], WANDB_MODE="online")
    return "online"


# %% wrong c: always offline
# says: There is a key, but WANDB_MODE is 'offline'
def log_in(get_secret):
    os.environ["WANDB_MODE"] = "offline"
    try:
        key = get_secret("WANDB_API_KEY")
    except Exception:
        key = None
    if key:
        os.environ["WANDB_API_KEY"] = key
    return "online" if key else "offline"


# %% wrong c: leaves the mode as it is
# says: which an offline logger leaves behind
def log_in(get_secret):
    try:
        key = get_secret("WANDB_API_KEY")
    except Exception:
        key = None
    if not key:
        os.environ["WANDB_MODE"] = "offline"
        return "offline"
    os.environ["WANDB_API_KEY"] = key
    return "online"


# %% wrong d: lets the error out
# says: raises an error of Kaggle's, `log_in` raises SecretError
def log_in(get_secret):
    key = get_secret("WANDB_API_KEY")
    if not key:
        os.environ["WANDB_MODE"] = "offline"
        return "offline"
    os.environ.update(WANDB_API_KEY=key, WANDB_MODE="online")
    return "online"


# %% wrong d: knows one error only
# says: raises a ConnectionError, `log_in` raises ConnectionError
def log_in(get_secret):
    try:
        key = get_secret("WANDB_API_KEY")
    except Exception as error:
        if "Secret" not in type(error).__name__:
            raise
        key = None
    if not key:
        os.environ["WANDB_MODE"] = "offline"
        return "offline"
    os.environ.update(WANDB_API_KEY=key, WANDB_MODE="online")
    return "online"


# %% wrong d: an empty text is a key
# says: returns an empty text, WANDB_MODE is 'online'
def log_in(get_secret):
    try:
        key = get_secret("WANDB_API_KEY")
    except Exception:
        key = None
    if key is None:
        os.environ["WANDB_MODE"] = "offline"
        return "offline"
    os.environ.update(WANDB_API_KEY=key, WANDB_MODE="online")
    return "online"


# %% wrong d: None is a key
# says: returns None, `log_in` raises TypeError
def log_in(get_secret):
    try:
        key = get_secret("WANDB_API_KEY")
    except Exception:
        key = ""
    if key == "":
        os.environ["WANDB_MODE"] = "offline"
        return "offline"
    os.environ.update(WANDB_API_KEY=key, WANDB_MODE="online")
    return "online"


# %% wrong d: sets no mode
# says: WANDB_MODE is None; expected 'offline', or the first run
def log_in(get_secret):
    try:
        key = get_secret("WANDB_API_KEY")
    except Exception:
        key = None
    if not key:
        return "offline"
    os.environ.update(WANDB_API_KEY=key, WANDB_MODE="online")
    return "online"


# %% wrong d: disabled
# says: where W&B keeps nothing at all
def log_in(get_secret):
    try:
        key = get_secret("WANDB_API_KEY")
    except Exception:
        key = None
    if not key:
        os.environ["WANDB_MODE"] = "disabled"
        return "offline"
    os.environ.update(WANDB_API_KEY=key, WANDB_MODE="online")
    return "online"


# %% wrong d: asks a human
# says: a human is asked for the key
def log_in(get_secret):
    try:
        key = get_secret("WANDB_API_KEY")
    except Exception:
        with contextlib.suppress(EOFError):
            key = getpass.getpass("key: ")
        key = None
    if not key:
        os.environ["WANDB_MODE"] = "offline"
        return "offline"
    os.environ.update(WANDB_API_KEY=key, WANDB_MODE="online")
    return "online"


# %% wrong e: returns whether
# says: returns an object of the class `bool`
def log_in(get_secret):
    try:
        key = get_secret("WANDB_API_KEY")
    except Exception:
        key = None
    if not key:
        os.environ["WANDB_MODE"] = "offline"
        return False
    os.environ.update(WANDB_API_KEY=key, WANDB_MODE="online")
    return True


# %% wrong e: the two words swapped
# says: returns 'offline'; expected 'online' here
def log_in(get_secret):
    try:
        key = get_secret("WANDB_API_KEY")
    except Exception:
        key = None
    if not key:
        os.environ["WANDB_MODE"] = "offline"
        return "online"
    os.environ.update(WANDB_API_KEY=key, WANDB_MODE="online")
    return "offline"


# %% wrong f: on the command line
# says: The key is on a command line
def log_in(get_secret):
    try:
        key = get_secret("WANDB_API_KEY")
    except Exception:
        key = None
    if not key:
        os.environ["WANDB_MODE"] = "offline"
        return "offline"
    os.environ["WANDB_MODE"] = "online"
    subprocess.run([sys.executable, "-m", "wandb", "login", key])
    return "online"


# %% wrong f: the key through a pipe
# says: It starts a program, `wandb login`
def log_in(get_secret):
    try:
        key = get_secret("WANDB_API_KEY")
    except Exception:
        key = None
    if not key:
        os.environ["WANDB_MODE"] = "offline"
        return "offline"
    os.environ.update(WANDB_API_KEY=key, WANDB_MODE="online")
    with contextlib.suppress(OSError):
        subprocess.run(["wandb", "login"], input=key, text=True)
    return "online"


# %% wrong f: printed
# says: The key is shown
def log_in(get_secret):
    try:
        key = get_secret("WANDB_API_KEY")
    except Exception:
        key = None
    if not key:
        os.environ["WANDB_MODE"] = "offline"
        return "offline"
    os.environ.update(WANDB_API_KEY=key, WANDB_MODE="online")
    print("logged in with", key)
    return "online"


# %% wrong f: returned
# says: `log_in` returns the key
def log_in(get_secret):
    try:
        key = get_secret("WANDB_API_KEY")
    except Exception:
        key = None
    if not key:
        os.environ["WANDB_MODE"] = "offline"
        return "offline"
    os.environ.update(WANDB_API_KEY=key, WANDB_MODE="online")
    return os.environ["WANDB_API_KEY"]


# %% wrong: the result instead of the function
# says: pass the function itself
log_in = "offline"
