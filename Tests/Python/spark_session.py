"""Runs SQL in one Spark session, for tests that have an environment of their own for it.

Standard input holds lines of JSON: {"sql": …, "out": folder to write as Parquet, "entities": Parquet file or null, as the
table `entities`}. Standard output gets a line of JSON for each: {"error": null or what Spark said}.
"""
import json
import sys

from pyspark.sql import SparkSession

# A zone with daylight saving, so that a text that leaned on the session's zone would be found out.
ZONE = "America/New_York"

SETTINGS = {
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1", "spark.ui.enabled": "false",
    "spark.sql.session.timeZone": ZONE, "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    # The tables are small: what costs time is planning, compiling and starting tasks.
    "spark.sql.shuffle.partitions": "1", "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false", "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}


def main():
    builder = SparkSession.builder.master("local[2]")
    for name, value in SETTINGS.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    for line in sys.stdin:
        job = json.loads(line)
        error = None
        try:
            if job["entities"]:
                spark.read.parquet(job["entities"]).createOrReplaceTempView("entities")
            spark.sql(job["sql"]).coalesce(1).write.parquet(job["out"])
        except Exception as failure:
            error = str(failure)
        print(json.dumps({"error": error}), flush=True)


main()
