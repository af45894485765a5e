"""Reading a scenario from YAML; whatever is wrong with it is said in one sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from sim.scenario.complaint import line_of, sentence
from sim.scenario.model import Scenario
from sim.types.fields import ExactDecimal
from sim.types.near import did_you_mean

SCENARIOS = Path(__file__).resolve().parents[1] / "scenarios"
INCIDENTS = SCENARIOS / "incidents"
Checked = TypeVar("Checked", bound=BaseModel)


class ScenarioError(ValueError):
    """One sentence: the file, the field, what was found, what is allowed."""


class _Loader(yaml.SafeLoader):
    """YAML whose mappings refuse a key twice and whose numbers remember how they were written."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    written: set[str] = set()
    for key_node, _ in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str):
            raise ScenarioError(f"line {key_node.start_mark.line + 1}: the key {key!r} is no text")
        if key in written:
            raise ScenarioError(
                f"line {key_node.start_mark.line + 1}: the key {key!r} stands twice"
            )
        written.add(key)
    loader.flatten_mapping(node)  # what `<<` brings in comes first: a key's own value overrides it
    return {
        loader.construct_object(key, deep=True): loader.construct_object(value, deep=True)
        for key, value in node.value
    }


def _sequence(loader: _Loader, node: yaml.SequenceNode) -> tuple[Any, ...]:
    return tuple(loader.construct_object(child, deep=True) for child in node.value)


def _number(loader: _Loader, node: yaml.ScalarNode) -> object:
    try:
        return ExactDecimal(node.value)
    except ValueError:
        return node.value


def _text(_: _Loader, node: yaml.ScalarNode) -> str:
    return str(node.value)


class _Dumper(yaml.SafeDumper):
    """Writes numbers as they were written."""


_Dumper.add_representer(
    ExactDecimal,
    lambda dumper, value: dumper.represent_scalar("tag:yaml.org,2002:float", value.text),
)
_Dumper.add_representer(tuple, lambda dumper, value: dumper.represent_list(value))
_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)
_Loader.add_constructor("tag:yaml.org,2002:merge", _text)
_Loader.add_constructor("tag:yaml.org,2002:seq", _sequence)
_Loader.add_constructor("tag:yaml.org,2002:float", _number)
# A time stays text: the field it is for reads it, and says so if it cannot.
_Loader.add_constructor("tag:yaml.org,2002:timestamp", _text)


def incident_names() -> tuple[str, ...]:
    """The incidents that ship, in order of their dates."""
    files = (*SCENARIOS.glob("*.yaml"), *INCIDENTS.glob("*.yaml"))
    names = (one.stem for one in files if "\nincident:" in one.read_text(encoding="utf-8"))
    return tuple(sorted(names, key=lambda name: (_date(load_scenario(name)), name)))


def _date(scenario: Scenario) -> str:
    return scenario.incident.date if scenario.incident else ""


def scenario_path(name: str) -> Path:
    """The file meant: a path, or the name of a scenario or an incident that ships."""
    if not Path(name).exists():
        for folder in (SCENARIOS, INCIDENTS):
            if (folder / f"{name}.yaml").exists():
                return folder / f"{name}.yaml"
    return Path(name)


def load_scenario(
    name: str,
    overrides: Sequence[str] = (),
    *,
    is_naive: bool = False,
    market: str | None = None,
) -> Scenario:
    """The scenario in a file, with `key=value` overrides (dotted keys) laid over it.

    `is_naive` lays an incident's own naive parameters over it first, `market` puts another market
    in the place of its only one.
    """
    path = scenario_path(name)
    label = path.name
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ScenarioError(_no_file(name)) from None
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise ScenarioError(f"{name!r}: not readable ({why}); a text file is allowed") from error
    return parse_scenario(text, label=label, overrides=overrides, is_naive=is_naive, market=market)


def _no_file(name: str) -> str:
    shipped = sorted(one.stem for one in SCENARIOS.glob("*.yaml"))
    incidents = (one.stem for one in INCIDENTS.glob("*.yaml"))
    guess = did_you_mean(name, (*shipped, *incidents))
    allowed = f"a file, {', '.join(shipped)}, or the name of an incident"
    return f"{name}: no such file{guess or ';'} allowed are {allowed}"


def parse_scenario(
    text: str,
    *,
    label: str,
    overrides: Sequence[str] = (),
    is_naive: bool = False,
    market: str | None = None,
) -> Scenario:
    """The scenario a YAML text describes; `label` names it in complaints."""
    try:
        data, written = _laid_over(text, label, tuple(overrides), is_naive, market)
        return Scenario.model_validate(data).with_text(written)
    except ValidationError as error:
        keys, told = sentence(error, data)
        at_fault = _at_fault(data, keys, text, label, tuple(overrides), is_naive)
        raise ScenarioError(f"{at_fault}: {told}") from None


def _at_fault(
    data: Mapping[str, Any],
    keys: Sequence[str],
    text: str,
    label: str,
    overrides: Sequence[str],
    is_naive: bool,
) -> str:
    """Who said what is wrong: an override, an incident's naive value, or a line of the file."""
    for override in reversed(overrides):
        laid = override.partition("=")[0]
        if list(keys[: laid.count(".") + 1]) == laid.split("."):
            return f"{label} with --set {override}"
    for laid in data["incident"]["naive"] if is_naive else ():
        if list(keys[: laid.count(".") + 1]) == laid.split("."):
            line = line_of(text, ("incident", "naive", laid))
            return f"{label}: line {line}: incident.naive.{laid}"
    line = line_of(text, keys)
    return label if line is None else f"{label}: line {line}"


@lru_cache(maxsize=256)
def _laid_over(
    text: str, label: str, overrides: tuple[str, ...], is_naive: bool, market: str | None
) -> tuple[Mapping[str, Any], str]:
    """What a text says with everything laid over it, and that as text; nobody changes it."""
    data = read_yaml(text, label)
    if not isinstance(data, dict):
        found = "nothing" if data is None else f"a {type(data).__name__}"
        raise ScenarioError(f"{label}: found {found} at the top; a mapping of keys is allowed")
    if is_naive:
        data = _naive(data, label)
    if market is not None:
        data = _in_market(data, market, label)
    for override in overrides:
        data = _override(data, override, label)
    is_changed = bool(overrides) or is_naive or market is not None
    return data, yaml.dump(data, Dumper=_Dumper) if is_changed else text


def read_yaml(text: str, label: str) -> Any:
    """What a YAML text holds: lists as tuples, decimals that remember how they were written."""
    try:
        return yaml.load(text, Loader=_Loader)
    except ScenarioError as error:
        raise ScenarioError(f"{label}: {error}; each key once and as text is allowed") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}: " if mark else ""
        problem = getattr(error, "problem", None) or "not YAML"
        raise ScenarioError(f"{label}: {place}{problem}; only YAML is allowed") from None


def one_line(value: object) -> str:
    """A value as a scenario writes it, on one line: what stands behind the = of an override."""
    text: str = yaml.dump(value, Dumper=_Dumper, default_flow_style=True, width=2**30)
    return text.removesuffix("\n").removesuffix("...").strip()


def checked(model: type[Checked], data: object, label: str) -> Checked:
    """The data as that model, or ScenarioError with the first complaint."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise ScenarioError(f"{label}: {sentence(error, data)[1]}") from None


def _override(data: dict[str, Any], override: str, label: str) -> dict[str, Any]:
    key, equals, text = override.partition("=")
    if not equals or not all(key.split(".")):
        raise ScenarioError(f"--set {override}: found no key; key=value is allowed")
    value = read_yaml(text, f"--set {key}")
    return _laid(data, key.split("."), value, f"{label} with --set {key}")  # type: ignore[no-any-return]


def _naive(data: dict[str, Any], label: str) -> dict[str, Any]:
    """The scenario on the protocol that was struck."""
    incident = data.get("incident")
    naive = incident.get("naive") if isinstance(incident, Mapping) else None
    if not isinstance(naive, Mapping):
        raise ScenarioError(f"{label}: found no incident.naive; a naive variant needs one")
    for key, value in naive.items():
        data = _laid(data, key.split("."), value, f"{label} with incident.naive.{key}")
    return data


def _in_market(data: dict[str, Any], market: str, label: str) -> Any:
    """The scenario with another market in the place of its only one, wherever that is named."""
    markets = data.get("markets")
    if not isinstance(markets, Mapping) or len(markets) != 1:
        raise ScenarioError(f"{label}: found several markets; --market is allowed with one")
    (old,) = markets
    return _renamed(data, str(old), market)


def _renamed(node: Any, old: str, new: str) -> Any:
    if isinstance(node, Mapping):
        return {
            new if key == old else key: _renamed(value, old, new) for key, value in node.items()
        }
    if isinstance(node, tuple):
        return tuple(_renamed(value, old, new) for value in node)
    return new if node == old else node


def _laid(node: Any, keys: Sequence[str], value: Any, label: str) -> Any:
    """A copy of a tree with one leaf replaced; missing mappings are made, missing items refused."""
    if not keys:
        return value
    key, rest = keys[0], keys[1:]
    if isinstance(node, Mapping):
        return {**node, key: _laid(node.get(key, {}), rest, value, label)}
    if isinstance(node, tuple):
        if not key.isdecimal() or int(key) >= len(node):
            raise ScenarioError(f"{label}: found item {key!r}; 0 to {len(node) - 1} are allowed")
        place = int(key)
        return (*node[:place], _laid(node[place], rest, value, label), *node[place + 1 :])
    raise ScenarioError(f"{label}: found a plain value above {key!r}; a mapping or list is allowed")
