"""Train a tiny language model from scratch to name the emotion of a text; run in the peers' own environment.

`python tiny_text.py LINES OUT SECONDS`: ``LINES`` is JSON Lines of {"text", "label"}. Two layers of the Qwen3
architecture over a byte-level vocabulary, some three minutes of a core: weak, but a real model for a real server.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast, Qwen3Config, Qwen3ForCausalLM

WORD = "Emotion of the text, one word."  # the two system messages the model learns; see `asked.py`
NUMBERS = "Emotion of the text, JSON probabilities."
PAD, BEGIN, END = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n"
    "{% if m['content'] is string %}{{ m['content'] }}"
    "{% else %}{% for part in m['content'] if part['type'] == 'text' %}{{ part['text'] }}{% endfor %}{% endif %}"
    "<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
Chat = tuple[list[int], list[int], int, int]
BATCH, RATE, DROPPED, SURE = 32, 3e-3, 0.1, 0.7


def tokenizer(texts: list[str], labels: list[str]) -> PreTrainedTokenizerFast:
    """Byte-level pairs learned on the texts, in which every label is one token."""
    whole = Tokenizer(models.BPE())
    whole.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    whole.decoder = decoders.ByteLevel()
    fixed = [*labels, "system", "user", "assistant", "joy"] * 2000 + [WORD, NUMBERS, stated(labels, labels[0])] * 500
    learner = trainers.BpeTrainer(
        vocab_size=6000,
        special_tokens=[PAD, BEGIN, END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    whole.train_from_iterator(texts + fixed, learner)
    made = PreTrainedTokenizerFast(
        tokenizer_object=whole, eos_token=END, pad_token=PAD, additional_special_tokens=[BEGIN], model_max_length=2048
    )
    made.chat_template = TEMPLATE
    return made


def stated(labels: list[str], label: str) -> str:
    """The answer in numbers that a sure rater would give."""
    rest = (1 - SURE) / (len(labels) - 1)
    return json.dumps({name: SURE if name == label else round(rest, 2) for name in labels}, separators=(",", ":"))


def network(tokens: PreTrainedTokenizerFast) -> Qwen3ForCausalLM:
    """Two layers, 128 wide, about a million parameters."""
    torch.manual_seed(0)
    return Qwen3ForCausalLM(
        Qwen3Config(
            vocab_size=len(tokens),
            hidden_size=128,
            intermediate_size=256,
            num_hidden_layers=2,
            num_attention_heads=2,
            num_key_value_heads=1,
            head_dim=64,
            max_position_embeddings=2048,
            tie_word_embeddings=True,
            bos_token_id=None,
            eos_token_id=tokens.eos_token_id,
            pad_token_id=tokens.pad_token_id,
        )
    )


class Lessons:
    """Chats as token ids: what is shown, what is to be answered, and between which places words may be dropped."""

    def __init__(self, tokens: PreTrainedTokenizerFast, rows: list[dict[str, str]], labels: list[str]) -> None:
        def ids(text: str) -> list[int]:
            return list(tokens(text, add_special_tokens=False).input_ids)

        self.pad, self.end = int(tokens.pad_token_id), int(tokens.eos_token_id)
        middle = ids(f"{END}\n{BEGIN}assistant\n")
        heads = {s: ids(f"{BEGIN}system\n{s}{END}\n{BEGIN}user\n") for s in (WORD, NUMBERS)}
        answers = {(WORD, name): ids(name) for name in labels}
        answers |= {(NUMBERS, name): ids(stated(labels, name)) for name in labels}
        said = tokens([row["text"] for row in rows], add_special_tokens=False).input_ids
        self.made: list[Chat] = []
        for place, (row, text) in enumerate(zip(rows, said, strict=True)):
            for system in (WORD, NUMBERS) if place % 16 == 0 else (WORD,):
                head = heads[system]
                shown = [*head, *text[:256], *middle]
                self.made.append(
                    (shown, [*answers[system, row["label"]], self.end], len(head), len(shown) - len(middle))
                )

    def batches(self, seed: int) -> Iterator[list[Chat]]:
        """One pass in random order; chats of like length lie together."""
        draw = random.Random(seed)
        order = draw.sample(self.made, len(self.made))
        for start in range(0, len(order), BATCH * 32):
            chunk = sorted(order[start : start + BATCH * 32], key=lambda chat: len(chat[0]) + len(chat[1]))
            cut = [chunk[at : at + BATCH] for at in range(0, len(chunk), BATCH)]
            yield from draw.sample(cut, len(cut))

    def tensors(self, batch: list[Chat]) -> tuple[Any, Any]:
        """Inputs and targets [B, T]; targets are -100 where nothing is to be answered."""
        longest = max(len(shown) + len(answer) for shown, answer, _, _ in batch)
        inputs = torch.full((len(batch), longest), self.pad)
        targets = torch.full((len(batch), longest), -100)
        for row, (shown, answer, start, stop) in enumerate(batch):
            inputs[row, : len(shown) + len(answer)] = torch.tensor(shown + answer)
            targets[row, len(shown) - 1 : len(shown) + len(answer) - 1] = torch.tensor(answer)
            gone = torch.rand(stop - start) < DROPPED  # words dropped: the cheap guard against learning by heart
            inputs[row, start:stop][gone] = self.pad
        return inputs, targets


def train(model: Qwen3ForCausalLM, lessons: Lessons, seconds: float, passes: int = 2) -> None:
    """AdamW until ``seconds`` or ``passes`` over the lessons are spent, the rate falling to zero."""
    steps = passes * (len(lessons.made) // BATCH + 1)
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=0.05, betas=(0.9, 0.98))
    start, step = time.monotonic(), 0
    for seed in range(passes):
        for batch in lessons.batches(seed):
            spent = max((time.monotonic() - start) / seconds, step / steps)
            if spent >= 1:
                print(f"{step} steps of {steps} in {seconds:.0f} s")
                return
            for group in optimizer.param_groups:
                group["lr"] = RATE * min(1.0, step / 50 + 0.02) * (1 - spent)
            inputs, targets = lessons.tensors(batch)
            asked = targets != -100
            hidden = model.model(input_ids=inputs).last_hidden_state  # causal and padded at the right: no mask needed
            each = torch.nn.functional.cross_entropy(model.lm_head(hidden[asked]), targets[asked], reduction="none")
            weight = (1.0 / asked.sum(1))[asked.nonzero()[:, 0]]  # a chat counts once, however long its answer
            loss = (each * weight).sum() / len(batch)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            step += 1
    print(f"{passes} passes in {time.monotonic() - start:.0f} s")


def main(lines: str, out: str, seconds: str) -> None:
    """Read, train, save."""
    torch.set_num_threads(1)  # two threads wait for each other where a core is busy
    rows = [json.loads(line) for line in Path(lines).read_text("utf-8").splitlines()]
    labels = sorted({row["label"] for row in rows})
    tokens = tokenizer([row["text"] for row in rows], labels)
    model = network(tokens)
    torch.manual_seed(0)
    train(model, Lessons(tokens, rows, labels), float(seconds))
    model.eval()
    model.generation_config.eos_token_id = tokens.eos_token_id
    model.generation_config.pad_token_id = tokens.pad_token_id
    model.save_pretrained(out)
    tokens.save_pretrained(out)


if __name__ == "__main__":
    main(*sys.argv[1:])
