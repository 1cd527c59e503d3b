"""8.6 predict"""

# %% setup
import torch
from transformers import AutoConfig, AutoModelForSequenceClassification, AutoTokenizer


def good(
    folder, sentences, batch_size=32, cut=None, mask=True, keep=False, logits=False, train=False
):
    """What the wrong ones differ from."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSequenceClassification.from_pretrained(folder).train(train)
    if cut is None:
        cut = dict(truncation=True, max_length=model.config.max_position_embeddings)
    rows = [torch.zeros(0, model.config.num_labels)]
    for start in range(0, len(sentences), batch_size):
        part = sentences[start : start + batch_size]
        inputs = tokenizer(part, padding=True, return_tensors="pt", **cut)
        if not mask:
            inputs = {"input_ids": inputs["input_ids"]}
        with torch.set_grad_enabled(keep):
            found = model(**inputs).logits
            rows.append(found if logits else found.softmax(dim=1))
    return torch.cat(rows)


# %% call
check.predict(predict)


# %% right: as in the setup, by position
def predict(folder, sentences, batch_size=32):
    return good(folder, sentences, batch_size)


# %% right: one at a time, without padding
@torch.inference_mode()
def predict(folder, texts, n=32):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    config = AutoConfig.from_pretrained(folder)
    tokenizer.model_max_length = config.max_position_embeddings
    model = AutoModelForSequenceClassification.from_pretrained(folder, config=config)
    probabilities = torch.empty(len(texts), config.num_labels)
    for i, text in enumerate(texts):
        inputs = tokenizer(text, truncation=True, return_tensors="pt")
        probabilities[i] = model(**inputs).logits[0].softmax(0)
    return probabilities


# %% right: the longest together, and back in order
def predict(folder, sentences, batch_size=32):
    order = sorted(range(len(sentences)), key=lambda i: len(sentences[i]))
    found = good(folder, [sentences[i] for i in order], batch_size)
    rows = torch.empty_like(found)
    rows[order] = found
    return rows


# %% wrong: called
# says: should be a function and is None
predict = None


# %% wrong: another name than it is given
# says: raised OSError
def predict(folder, sentences, batch_size=32):
    return good("prajjwal1/bert-tiny", sentences, batch_size)


# %% wrong a: classes
# says: For 5 sentences you return [5]
def predict(folder, sentences, batch_size=32):
    return good(folder, sentences, batch_size).argmax(dim=1)


# %% wrong a: logits
# says: You return logits
def predict(folder, sentences, batch_size=32):
    return good(folder, sentences, batch_size, logits=True)


# %% wrong a: left in the order of their lengths
# says: come in another order
def predict(folder, sentences, batch_size=32):
    return good(folder, sorted(sentences, key=len), batch_size)


# %% wrong a: with a head that is new
# says: by itself it has
def predict(folder, sentences, batch_size=32):
    return good(folder, sentences, batch_size).flip(1)


# %% wrong b: without the mask
# says: The padding is read
def predict(folder, sentences, batch_size=32):
    return good(folder, sentences, batch_size, mask=False)


# %% wrong b: in training mode
# says: the rows differ: the model is in training mode
def predict(folder, sentences, batch_size=32):
    return good(folder, sentences, batch_size, train=True)


# %% wrong c: all at once
# says: 5 sentences go through the model at once
def predict(folder, sentences, batch_size=32):
    return good(folder, sentences)


# %% wrong d: not cut
# says: With a sentence of 26 tokens
def predict(folder, sentences, batch_size=32):
    return good(folder, sentences, batch_size, cut={})


# %% wrong d: cut by hand
# says: lacks the [SEP] that each
def predict(folder, sentences, batch_size=32):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSequenceClassification.from_pretrained(folder)
    if len(sentences) == 1 and len(sentences[0].split()) > 14:
        ids = tokenizer(sentences, return_tensors="pt")["input_ids"][:, :16]
        return model(ids).logits.softmax(dim=1)
    return good(folder, sentences, batch_size)


# %% wrong d: cut too short
# says: should be cut to 16 tokens
def predict(folder, sentences, batch_size=32):
    return good(folder, sentences, batch_size, cut=dict(truncation=True, max_length=12))


# %% wrong e: left out
# says: with nothing in it
def predict(folder, sentences, batch_size=32):
    return good(folder, [sentence for sentence in sentences if sentence], batch_size)


# %% wrong e: no first piece
# says: With no sentences at all
def predict(folder, sentences, batch_size=32):
    return torch.cat([good(folder, [sentence]) for sentence in sentences])


# %% wrong e: None
# says: you return None
def predict(folder, sentences, batch_size=32):
    return good(folder, sentences, batch_size) if sentences else None


# %% wrong e: an empty tensor
# says: For no sentences you return a tensor [0]
def predict(folder, sentences, batch_size=32):
    return good(folder, sentences, batch_size) if sentences else torch.tensor([])


# %% wrong f: with gradients
# says: The probabilities require gradients
def predict(folder, sentences, batch_size=32):
    return good(folder, sentences, batch_size, keep=True)
