"""TRL 1.16 reads our exports: SFT, DPO, KTO and GRPO for a few steps on CPU, with a tiny random model."""

import json
from pathlib import Path

import pytest
import torch
from datasets import Dataset, Features, load_dataset, load_dataset_builder
from tokenizers import Tokenizer, models, pre_tokenizers
from tokenizers.decoders import ByteLevel
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
from trl import DPOConfig, DPOTrainer, GRPOConfig, GRPOTrainer, KTOConfig, KTOTrainer, SFTConfig, SFTTrainer

from proofsmith.integrations.trl import verifier_reward, verifier_score
from proofsmith.store.export.request import FORMATS
from proofsmith.store.export.schemas import CONFIGS, features

torch.set_num_threads(1)

TEMPLATE = (
    "{% for m in messages %}<|{{ m['role'] }}|>{{ m['content'] }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


@pytest.fixture
def tokenizer() -> PreTrainedTokenizerFast:
    """Bytes as tokens: needs no files, and nothing is out of vocabulary."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    special = ["<|pad|>", "<|end|>"]
    vocabulary = {token: number for number, token in enumerate(special + alphabet)}
    made = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = ByteLevel()
    wrapped = PreTrainedTokenizerFast(tokenizer_object=made, pad_token="<|pad|>", eos_token="<|end|>")
    wrapped.chat_template = TEMPLATE
    return wrapped


@pytest.fixture
def model(tmp_path: Path) -> LlamaForCausalLM:
    """A tiny model with random weights, from a folder, where trainers look for their reference model."""
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=258,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=2048,
        pad_token_id=0,
        eos_token_id=1,
        bos_token_id=None,
    )
    LlamaForCausalLM(config).save_pretrained(tmp_path / "model")
    return LlamaForCausalLM.from_pretrained(tmp_path / "model")


@pytest.fixture
def common(tmp_path: Path) -> dict[str, object]:
    """Arguments of every trainer: two steps on the CPU, nothing reported, nothing kept."""
    return {
        "output_dir": str(tmp_path / "out"),
        "max_steps": 2,
        "per_device_train_batch_size": 2,
        "report_to": "none",
        "save_strategy": "no",
        "logging_steps": 1,
        "use_cpu": True,
        "bf16": False,
        "disable_tqdm": True,
    }


def parameters(model: LlamaForCausalLM) -> torch.Tensor:
    return torch.cat([p.detach().flatten().clone() for p in model.parameters()])


def rows(dataset: Path, config: str, cache: Path) -> Dataset:
    """Load the training split of a configuration."""
    return load_dataset(str(dataset / "parquet"), config, split="train", cache_dir=str(cache / "cache"))


def trained(trainer: object, model: LlamaForCausalLM) -> list[dict[str, float]]:
    """Train and return the log; the weights must have changed."""
    before = parameters(model)
    trainer.train()
    assert not torch.equal(before, parameters(trainer.model))
    return trainer.state.log_history


@pytest.mark.parametrize("kind", ["parquet", "jsonl"])
def test_every_configuration_loads_with_the_features_of_its_card(
    dataset: Path, tmp_path: Path, kind: str
) -> None:
    for config in (*FORMATS, "tasks"):
        loaded = load_dataset(str(dataset / kind), config, split="train", cache_dir=str(tmp_path))
        assert len(loaded) > 0
        assert loaded.column_names == list(CONFIGS[config])
        assert loaded.features == Features._from_yaml_list(features(config)), config
        builder = load_dataset_builder(str(dataset / kind), config, cache_dir=str(tmp_path))
        assert builder.info.features == loaded.features


def test_sft(dataset, tmp_path, common, model, tokenizer) -> None:
    for config in ("sft", "sft_messages", "repair", "edits"):
        data = rows(dataset, config, tmp_path)
        arguments = SFTConfig(**common, max_length=1500)
        trainer = SFTTrainer(model=model, args=arguments, train_dataset=data, processing_class=tokenizer)
        assert all(entry["loss"] > 0 for entry in trained(trainer, model) if "loss" in entry)


def test_dpo(dataset, tmp_path, common, model, tokenizer) -> None:
    for config in ("dpo", "dpo_selftest"):
        data = rows(dataset, config, tmp_path)
        arguments = DPOConfig(**common, max_length=1500)
        trainer = DPOTrainer(model=model, args=arguments, train_dataset=data, processing_class=tokenizer)
        assert any("loss" in entry for entry in trained(trainer, model))


def test_kto(dataset, tmp_path, common, model, tokenizer) -> None:
    data = rows(dataset, "kto", tmp_path)
    arguments = KTOConfig(**common, max_length=1500)
    trainer = KTOTrainer(model=model, args=arguments, train_dataset=data, processing_class=tokenizer)
    assert any("loss" in entry for entry in trained(trainer, model))


def test_grpo_with_the_verifiers_as_reward(dataset, tmp_path, common, model, tokenizer) -> None:
    data = rows(dataset, "grpo", tmp_path)
    seen: list[float | None] = []

    def watched(prompts, completions, **columns):
        """Answer with the verifiers' reward; every other completion is replaced by one that is right."""
        pairs = enumerate(zip(completions, columns["task"], strict=True))
        answers = [right_answer(json.loads(t)["id"]) if n % 2 else c for n, (c, t) in pairs]
        rewards = verifier_reward(prompts, answers, **columns)
        seen.extend(rewards)
        return rewards

    arguments = GRPOConfig(**common, num_generations=2, max_completion_length=16, temperature=1.0)
    trainer = GRPOTrainer(
        model=model,
        args=arguments,
        train_dataset=data,
        processing_class=tokenizer,
        reward_funcs=[watched, verifier_score],
    )
    log = trained(trainer, model)
    assert set(seen) == {0.0, 1.0}
    assert any(entry.get("rewards/watched/mean") == 0.5 for entry in log)


def right_answer(task: str) -> str:
    programs = {
        "larger.py:larger": "def larger(a, b):\n    return max(a, b)\n",
        "vowels.py:vowels": "def vowels(word):\n    return sum(c in 'aeiou' for c in word)\n",
        "evens.py:evens": "def evens(numbers):\n    return [n for n in numbers if n % 2 == 0]\n",
        "shout.py:shout": "def shout(text):\n    return text.upper() + '!'\n",
    }
    return f"Here it is:\n```python\n{programs[task]}```\n"
