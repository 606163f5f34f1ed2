"""A tiny model that takes pictures in, with random weights: it shows that images arrive, not what they show.

`python tiny_sight.py TEXT_MODEL OUT`: the Idefics3 shape, a picture tower of two layers before a text model of two.
Run in the peers' own environment.
"""

from __future__ import annotations

import sys

import torch
from transformers import (
    AutoConfig,
    AutoTokenizer,
    Idefics3Config,
    Idefics3ForConditionalGeneration,
    Idefics3ImageProcessorPil,
    Idefics3Processor,
    Idefics3VisionConfig,
    LlamaConfig,
    PreTrainedTokenizerFast,
)

TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n"
    "{% if m['content'] is string %}{{ m['content'] }}{% else %}{% for part in m['content'] %}"
    "{% if part['type'] == 'text' %}{{ part['text'] }}{% else %}<image>{% endif %}{% endfor %}{% endif %}"
    "<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
MARKS = ["<|im_start|>", "<fake_token_around_image>", "<image>", "<end_of_utterance>", "<global-img>"]
SHAPE = (
    *("hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads"),
    *("head_dim", "max_position_embeddings"),
)
SIDE, PATCH, SCALE = 56, 14, 2  # 16 patches a picture, joined four by four


def tower() -> Idefics3VisionConfig:
    """What sees."""
    return Idefics3VisionConfig(
        hidden_size=128,
        intermediate_size=256,
        num_hidden_layers=2,
        num_attention_heads=2,
        image_size=SIDE,
        patch_size=PATCH,
    )


def speech(text_model: str, tokens: PreTrainedTokenizerFast) -> LlamaConfig:
    """What answers: of the shape of the text model."""
    shape = AutoConfig.from_pretrained(text_model)
    return LlamaConfig(
        architectures=["LlamaForCausalLM"],
        vocab_size=len(tokens),
        **{name: getattr(shape, name) for name in SHAPE},
        tie_word_embeddings=False,
        bos_token_id=None,
        eos_token_id=tokens.eos_token_id,
        pad_token_id=tokens.pad_token_id,
    )


def main(text_model: str, out: str) -> None:
    """Build and save."""
    tokens = AutoTokenizer.from_pretrained(text_model)
    tokens.add_special_tokens({"additional_special_tokens": MARKS})
    tokens.chat_template = TEMPLATE
    torch.manual_seed(0)
    model = Idefics3ForConditionalGeneration(
        Idefics3Config(
            vision_config=tower(),
            text_config=speech(text_model, tokens),
            image_token_id=tokens.convert_tokens_to_ids("<image>"),
            scale_factor=SCALE,
            tie_word_embeddings=False,
            pad_token_id=tokens.pad_token_id,
        )
    )
    model.generation_config.eos_token_id = tokens.eos_token_id
    model.save_pretrained(out)
    edge = {"longest_edge": SIDE}
    eyes = Idefics3ImageProcessorPil(size=edge, max_image_size=edge, do_image_splitting=False)
    seen = (SIDE // PATCH // SCALE) ** 2
    Idefics3Processor(
        image_processor=eyes, tokenizer=tokens, image_seq_len=seen, chat_template=TEMPLATE
    ).save_pretrained(out)


if __name__ == "__main__":
    main(*sys.argv[1:])
