"""The point-in-time rule word for word, with no thought for speed: what expected.csv must hold.

It shares no code with the product. The rule is docs/concepts.md's; each sentence of it is a line here.
"""
import pyarrow as pa

from cases import Case, Refused, View, arrow_type


def training_set(case: Case) -> pa.Table:
    entities = case.entities
    columns = {name: entities[name].combine_chunks() for name in entities.column_names}
    refuse(case, entities)
    keys = {name: columns[name].to_pylist() for view in case.views.values() for name in view.keys}
    times = columns["event_timestamp"].cast(pa.int64()).to_pylist() if "event_timestamp" in columns else None
    chosen = {}
    for view in case.views.values():
        history = case.history(view)
        chosen[view.name] = [
            choose(view, history, {key: keys[key][row] for key in view.keys}, times[row] if times else None)
            for row in range(entities.num_rows)]
    for view, feature in case.features:
        columns[case.output_name(view, feature)] = pa.array(
            [row and row[feature] for row in chosen[view.name]], arrow_type(view.features[feature]))
    for name, kind in case.output_types.items():
        if name not in columns:
            view = case.views[name.removesuffix("__event_timestamp")]
            columns[name] = pa.array([row and row[view.event] for row in chosen[view.name]], arrow_type(kind))
    return pa.table(columns)


def choose(view: View, history: list[dict], key: dict, time: int | None) -> dict | None:
    """The row of history that an entity row takes."""
    if None in key.values():
        return None
    usable = [
        (order, row) for order, row in enumerate(history)
        if all(row[name] == value for name, value in key.items()) and is_usable(view, row, time)]
    if not usable:
        return None
    _, row = max(usable, key=lambda each: (
        each[1][view.event] if view.event else 0, each[1][view.created] if view.created else 0, each[0]))
    # The newest row speaks for its key: if it has ended, an older one does not come back.
    has_ended = view.end is not None and row[view.end] is not None and row[view.end] <= time
    return None if has_ended else row


def is_usable(view: View, row: dict, time: int | None) -> bool:
    if view.event is None:
        return True
    if row[view.event] > time:
        return False
    if view.ttl is not None and row[view.event] < time - view.ttl:
        return False
    if view.available == "created":
        return row[view.created] <= time
    if view.available == "event":
        return True
    return row[view.event] + view.available <= time


def refuse(case: Case, entities: pa.Table):
    """Raises where an answer would hide that something is wrong."""
    has_times = any(view.event for view in case.views.values())
    if has_times and entities["event_timestamp"].null_count:
        raise Refused("an entity row has no time")
    for view, feature in case.features:
        if case.output_name(view, feature) in entities.column_names:
            raise Refused(f"the entity rows have a column {case.output_name(view, feature)} already")
    for view in case.views.values():
        for row in case.history(view):
            if any(row[time] is None for time in (view.event, view.created) if time):
                raise Refused("a row of history does not say when it happened or became known")
