"""A conformance case, read from its folder. README.md tells what the files are."""
import datetime
import pathlib
import re
from dataclasses import dataclass, field

import pyarrow as pa
import yaml

CASES = pathlib.Path(__file__).resolve().parent / "cases"
SERVICE = "model"
INSTANT = pa.timestamp("us", "UTC")
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
MICROSECOND = datetime.timedelta(microseconds=1)
ARROW_TYPES = {
    "bool": pa.bool_(), "int32": pa.int32(), "int64": pa.int64(), "float32": pa.float32(), "float64": pa.float64(),
    "string": pa.string(), "bytes": pa.binary(), "timestamp": INSTANT}


def arrow_type(name: str) -> pa.DataType:
    return pa.list_(pa.float32()) if name.startswith("float32[") else ARROW_TYPES[name]


def microseconds(text: str) -> int:
    """The microseconds since 1970 of a time such as 2024-01-31T10:00:00.5Z."""
    moment = datetime.datetime.fromisoformat(text)
    return (moment.replace(tzinfo=moment.tzinfo or datetime.timezone.utc) - EPOCH) // MICROSECOND


def duration(text: str) -> int:
    """The microseconds of a duration such as 15m."""
    number, unit = re.fullmatch(r"(\d+)([smhdw])", text).groups()
    return int(number) * {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}[unit] * 1_000_000


def cell(text: str | None, kind: str):
    """A cell's value; times are microseconds since 1970."""
    if text is None:
        return None
    if kind == "bool":
        return {"true": True, "false": False}[text]
    if kind in ("int32", "int64"):
        return int(text)
    if kind in ("float32", "float64"):
        return float(text)
    if kind == "timestamp":
        return microseconds(text)
    if kind == "bytes":
        return bytes.fromhex(text.removeprefix("0x"))
    if kind.startswith("float32["):
        return [float(number) for number in text.strip("[]").split(",")]
    return text


def read_csv(path: pathlib.Path) -> tuple[list[str], list[list[str | None]]]:
    """Header and rows of a CSV file in UTF-8. An empty cell is None, and `""` the empty text, which csv cannot tell."""
    text = path.read_bytes().decode()
    rows, row, place = [], [], 0
    while place < len(text):
        if text[place] == '"':
            end = place + 1
            while text[end] != '"' or text[end + 1:end + 2] == '"':
                end += 2 if text[end] == '"' else 1
            value, place = text[place + 1:end].replace('""', '"'), end + 1
        else:
            end = re.compile(r"[,\n]|$").search(text, place).start()
            value, place = text[place:end] or None, end
        row.append(value)
        if place >= len(text) or text[place] == "\n":
            rows.append(row)
            row = []
        elif place == len(text) - 1:
            raise ValueError(f"{path}: the last line does not end")
        place += 1
    return [name or "" for name in rows[0]], rows[1:]


@dataclass(frozen=True)
class View:
    name: str
    #: Join keys in order, with their types.
    keys: dict[str, str]
    features: dict[str, str]
    #: The source's name and its columns of times; None where it has none.
    source: str
    event: str | None
    created: str | None
    end: str | None
    #: Microseconds; None for no end.
    ttl: int | None
    #: "event", "created", or a delay in microseconds.
    available: str | int


@dataclass
class Case:
    folder: pathlib.Path
    title: str
    full_names: bool = False
    with_times: bool = False
    #: What must be refused: None, "entities" or "sources".
    refused: str | None = None
    #: Names of source files that arrive under earlier definitions, by the file that holds those.
    earlier: dict[str, list[str]] = field(default_factory=dict)
    views: dict[str, View] = field(default_factory=dict)
    #: What the service asks for, in order: (view, feature).
    features: list[tuple[View, str]] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.folder.name

    @classmethod
    def read(cls, folder: pathlib.Path) -> "Case":
        facts = yaml.safe_load((folder / "case.yaml").read_text())
        case = cls(folder, facts.pop("title").strip(), earlier=facts.pop("earlier_definitions", {}), **facts)
        definitions = yaml.safe_load((folder / "definitions.yaml").read_text())
        for name, view in definitions["feature_views"].items():
            source = definitions["sources"][view["source"]]
            available = view.get("available", "created" if "created" in source else "event")
            case.views[name] = View(
                name=name, source=view["source"], features=view["features"],
                keys={key: kind for entity in view["entities"]
                      for key, kind in definitions["entities"][entity]["join_keys"].items()},
                event=source.get("timestamp", source.get("valid_from")), created=source.get("created"),
                end=source.get("valid_to"), ttl=duration(view["ttl"]) if "ttl" in view else None,
                available=available if available in ("event", "created") else duration(available))
        for reference in definitions["feature_services"][SERVICE]["features"]:
            name, feature = reference.split(":")
            view = case.views[name]
            case.features += [(view, each) for each in (view.features if feature == "*" else [feature])]
        return case

    def source_files(self, source: str) -> list[pathlib.Path]:
        """The files of a source in the order in which they arrived."""
        return sorted((self.folder / "sources" / source).glob("*.csv"))

    def history(self, view: View) -> list[dict]:
        """A view's rows in order of arrival: keys, times and features by the files' names; absent columns are None."""
        kinds = view.keys | view.features
        kinds |= {time: "timestamp" for time in (view.event, view.created, view.end) if time}
        rows = []
        for path in self.source_files(view.source):
            header, cells = read_csv(path)
            for row in cells:
                given = dict(zip(header, row))
                rows.append({name: cell(given.get(name), kind) for name, kind in kinds.items()})
        return rows

    def history_table(self, view: View) -> pa.Table:
        kinds = view.keys | {time: "timestamp" for time in (view.event, view.created, view.end) if time} | view.features
        rows = self.history(view)
        return pa.table({
            name: pa.array([row[name] for row in rows], arrow_type(kind)) for name, kind in kinds.items()})

    def output_name(self, view: View, feature: str) -> str:
        return f"{view.name}__{feature}" if self.full_names else feature

    @property
    def entity_types(self) -> dict[str, str]:
        """The types of the entity rows' columns; those that the case does not speak of are texts."""
        keys = {name: kind for view in self.views.values() for name, kind in view.keys.items()}
        header, _ = read_csv(self.folder / "entities.csv")
        return {name: keys.get(name, "timestamp" if name == "event_timestamp" else "string") for name in header}

    @property
    def output_types(self) -> dict[str, str]:
        """The names and types of the training set's columns, in order."""
        types = dict(self.entity_types)
        types |= {self.output_name(view, feature): view.features[feature] for view, feature in self.features}
        if self.with_times:
            views = dict.fromkeys(view.name for view, _ in self.features)
            types |= {f"{name}__event_timestamp": "timestamp" for name in views if self.views[name].event}
        return types

    def table(self, file: str, types: dict[str, str]) -> pa.Table:
        header, rows = read_csv(self.folder / file)
        if header != list(types):
            raise ValueError(f"{self.name}/{file} has columns {header} instead of {list(types)}")
        return pa.table({
            name: pa.array([cell(row[place], kind) for row in rows], arrow_type(kind))
            for place, (name, kind) in enumerate(types.items())})

    @property
    def entities(self) -> pa.Table:
        return self.table("entities.csv", self.entity_types)

    @property
    def expected(self) -> pa.Table:
        return self.table("expected.csv", self.output_types)


def all_cases() -> list[Case]:
    return [Case.read(folder) for folder in sorted(CASES.iterdir()) if (folder / "case.yaml").exists()]


class Refused(Exception):
    """What an engine raises when it says that something is wrong with what it was given."""


class Inexpressible(Exception):
    """What an engine raises for a case that it has no way to say."""
