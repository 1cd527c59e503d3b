"""5.3 precision_dtypes"""

# %% setup
import torch

fp32, fp16, bf16 = torch.float32, torch.float16, torch.bfloat16

# %% call
check.precision_dtypes(dtypes)


# %% right: a table
dtypes = {
    "32-true": (fp32, fp32, fp32, fp32, fp32, fp32),
    "bf16-mixed": (fp32, fp32, bf16, fp32, fp32, fp32),
    "bf16-true": (bf16, bf16, bf16, bf16, bf16, bf16),
    "16-mixed": (fp32, fp32, fp16, fp32, fp32, fp32),
    "16-true": (fp16, fp16, fp16, fp16, fp16, fp16),
}


# %% right: lists, by half of the string
dtypes = {}
for name, half in (("16", torch.half), ("bf16", torch.bfloat16)):
    dtypes[f"{name}-true"] = [half] * 6
    dtypes[f"{name}-mixed"] = [torch.float] * 2 + [half] + [torch.float] * 3
dtypes["32-true"] = [torch.float] * 6


# %% wrong a: mixed weights in 16 bits
# says: bf16-mixed: the weights would not be torch.bfloat16: autocast leaves
dtypes = {
    "32-true": (fp32, fp32, fp32, fp32, fp32, fp32),
    "bf16-mixed": (bf16, fp32, bf16, fp32, fp32, fp32),
    "bf16-true": (bf16, bf16, bf16, bf16, bf16, bf16),
    "16-mixed": (fp32, fp32, fp16, fp32, fp32, fp32),
    "16-true": (fp16, fp16, fp16, fp16, fp16, fp16),
}


# %% wrong a: mixed weights in 16 bits, with fp16
# says: 16-mixed: the weights would not be torch.float16: autocast leaves
dtypes = {
    "32-true": (fp32, fp32, fp32, fp32, fp32, fp32),
    "bf16-mixed": (fp32, fp32, bf16, fp32, fp32, fp32),
    "bf16-true": (bf16, bf16, bf16, bf16, bf16, bf16),
    "16-mixed": (fp16, fp32, fp16, fp32, fp32, fp32),
    "16-true": (fp16, fp16, fp16, fp16, fp16, fp16),
}


# %% wrong a: true weights in 32 bits
# says: the module itself is converted
dtypes = {
    "32-true": (fp32, fp32, fp32, fp32, fp32, fp32),
    "bf16-mixed": (fp32, fp32, bf16, fp32, fp32, fp32),
    "bf16-true": (fp32, bf16, bf16, bf16, bf16, bf16),
    "16-mixed": (fp32, fp32, fp16, fp32, fp32, fp32),
    "16-true": (fp16, fp16, fp16, fp16, fp16, fp16),
}


# %% wrong a: 32 bits are 16
# says: 32-true: the weights would not be torch.bfloat16: nothing is
dtypes = {
    "32-true": (bf16, fp32, fp32, fp32, fp32, fp32),
    "bf16-mixed": (fp32, fp32, bf16, fp32, fp32, fp32),
    "bf16-true": (bf16, bf16, bf16, bf16, bf16, bf16),
    "16-mixed": (fp32, fp32, fp16, fp32, fp32, fp32),
    "16-true": (fp16, fp16, fp16, fp16, fp16, fp16),
}


# %% wrong b: mixed images in 16 bits
# says: Lightning leaves the batch alone
dtypes = {
    "32-true": (fp32, fp32, fp32, fp32, fp32, fp32),
    "bf16-mixed": (fp32, bf16, bf16, fp32, fp32, fp32),
    "bf16-true": (bf16, bf16, bf16, bf16, bf16, bf16),
    "16-mixed": (fp32, fp16, fp16, fp32, fp32, fp32),
    "16-true": (fp16, fp16, fp16, fp16, fp16, fp16),
}


# %% wrong b: true images in 32 bits
# says: so Lightning converts the batch
dtypes = {
    "32-true": (fp32, fp32, fp32, fp32, fp32, fp32),
    "bf16-mixed": (fp32, fp32, bf16, fp32, fp32, fp32),
    "bf16-true": (bf16, fp32, bf16, bf16, bf16, bf16),
    "16-mixed": (fp32, fp32, fp16, fp32, fp32, fp32),
    "16-true": (fp16, fp32, fp16, fp16, fp16, fp16),
}


# %% wrong c: mixed logits in 32 bits
# says: autocast runs those in 16 bits
dtypes = {
    "32-true": (fp32, fp32, fp32, fp32, fp32, fp32),
    "bf16-mixed": (fp32, fp32, fp32, fp32, fp32, fp32),
    "bf16-true": (bf16, bf16, bf16, bf16, bf16, bf16),
    "16-mixed": (fp32, fp32, fp32, fp32, fp32, fp32),
    "16-true": (fp16, fp16, fp16, fp16, fp16, fp16),
}


# %% wrong c: the other 16 bits
# says: `16` is float16, with three digits
dtypes = {
    "32-true": (fp32, fp32, fp32, fp32, fp32, fp32),
    "bf16-mixed": (fp32, fp32, bf16, fp32, fp32, fp32),
    "bf16-true": (bf16, bf16, bf16, bf16, bf16, bf16),
    "16-mixed": (fp32, fp32, bf16, fp32, fp32, fp32),
    "16-true": (fp16, fp16, fp16, fp16, fp16, fp16),
}


# %% wrong c: what a CPU makes of it, and true logits in 32 bits
# says: are 16-bit logits
dtypes = {
    "32-true": (fp32, fp32, fp32, fp32, fp32, fp32),
    "bf16-mixed": (fp32, fp32, bf16, fp32, fp32, fp32),
    "bf16-true": (bf16, bf16, bf16, bf16, bf16, bf16),
    "16-mixed": (fp32, fp32, fp16, fp32, fp32, fp32),
    "16-true": (fp16, fp16, fp32, fp16, fp16, fp16),
}


# %% wrong d: mixed loss in 16 bits
# says: cross-entropy is a log of a sum
dtypes = {
    "32-true": (fp32, fp32, fp32, fp32, fp32, fp32),
    "bf16-mixed": (fp32, fp32, bf16, bf16, fp32, fp32),
    "bf16-true": (bf16, bf16, bf16, bf16, bf16, bf16),
    "16-mixed": (fp32, fp32, fp16, fp16, fp32, fp32),
    "16-true": (fp16, fp16, fp16, fp16, fp16, fp16),
}


# %% wrong d: true loss in 32 bits
# says: the loss has the dtype of the logits
dtypes = {
    "32-true": (fp32, fp32, fp32, fp32, fp32, fp32),
    "bf16-mixed": (fp32, fp32, bf16, fp32, fp32, fp32),
    "bf16-true": (bf16, bf16, bf16, fp32, bf16, bf16),
    "16-mixed": (fp32, fp32, fp16, fp32, fp32, fp32),
    "16-true": (fp16, fp16, fp16, fp32, fp16, fp16),
}


# %% wrong e: mixed gradients in 16 bits
# says: however the product was computed
dtypes = {
    "32-true": (fp32, fp32, fp32, fp32, fp32, fp32),
    "bf16-mixed": (fp32, fp32, bf16, fp32, bf16, fp32),
    "bf16-true": (bf16, bf16, bf16, bf16, bf16, bf16),
    "16-mixed": (fp32, fp32, fp16, fp32, fp16, fp32),
    "16-true": (fp16, fp16, fp16, fp16, fp16, fp16),
}


# %% wrong e: true gradients in 32 bits
# says: bf16-true: the gradients would not be torch.float32: a gradient has
dtypes = {
    "32-true": (fp32, fp32, fp32, fp32, fp32, fp32),
    "bf16-mixed": (fp32, fp32, bf16, fp32, fp32, fp32),
    "bf16-true": (bf16, bf16, bf16, bf16, fp32, bf16),
    "16-mixed": (fp32, fp32, fp16, fp32, fp32, fp32),
    "16-true": (fp16, fp16, fp16, fp16, fp32, fp16),
}


# %% wrong f: mixed moments in 16 bits
# says: knows nothing of autocast
dtypes = {
    "32-true": (fp32, fp32, fp32, fp32, fp32, fp32),
    "bf16-mixed": (fp32, fp32, bf16, fp32, fp32, bf16),
    "bf16-true": (bf16, bf16, bf16, bf16, bf16, bf16),
    "16-mixed": (fp32, fp32, fp16, fp32, fp32, fp16),
    "16-true": (fp16, fp16, fp16, fp16, fp16, fp16),
}


# %% wrong f: true moments in 32 bits
# says: `zeros_like(weight)`
dtypes = {
    "32-true": (fp32, fp32, fp32, fp32, fp32, fp32),
    "bf16-mixed": (fp32, fp32, bf16, fp32, fp32, fp32),
    "bf16-true": (bf16, bf16, bf16, bf16, bf16, fp32),
    "16-mixed": (fp32, fp32, fp16, fp32, fp32, fp32),
    "16-true": (fp16, fp16, fp16, fp16, fp16, fp32),
}


# %% wrong: names for dtypes
# says: bf16-mixed: what stands for the weights is 'float32'
dtypes = {
    "32-true": (fp32, fp32, fp32, fp32, fp32, fp32),
    "bf16-mixed": ("float32", fp32, bf16, fp32, fp32, fp32),
    "bf16-true": (bf16, bf16, bf16, bf16, bf16, bf16),
    "16-mixed": (fp32, fp32, fp16, fp32, fp32, fp32),
    "16-true": (fp16, fp16, fp16, fp16, fp16, fp16),
}


# %% wrong: five columns
# says: 6 dtypes in the row 16-true; what came is a tuple of 5
dtypes = {
    "32-true": (fp32, fp32, fp32, fp32, fp32, fp32),
    "bf16-mixed": (fp32, fp32, bf16, fp32, fp32, fp32),
    "bf16-true": (bf16, bf16, bf16, bf16, bf16, bf16),
    "16-mixed": (fp32, fp32, fp16, fp32, fp32, fp32),
    "16-true": (fp16, fp16, fp16, fp16, fp16),
}


# %% wrong: a row is missing
# says: Expected a dictionary with the keys 32-true
dtypes = {
    "32-true": (fp32, fp32, fp32, fp32, fp32, fp32),
    "bf16-mixed": (fp32, fp32, bf16, fp32, fp32, fp32),
    "bf16-true": (bf16, bf16, bf16, bf16, bf16, bf16),
    "16-mixed": (fp32, fp32, fp16, fp32, fp32, fp32),
}


# %% wrong: no dictionary
# says: got a list of 5
dtypes = [fp32] * 5
