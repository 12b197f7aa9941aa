import Columnar

/// What was run, and when.
extension Catalog {
    func recordRun(verb: String, target: String, started: Timestamp, rows: Int, bytes: Int) throws {
        try database.query(
            "INSERT INTO runs (verb, target, started, ended, rows, bytes) VALUES (?, ?, ?, ?, ?, ?)",
            [
                .text(verb), .text(target), .integer(started.microseconds), .integer(Timestamp.now.microseconds),
                SQLiteValue(rows), SQLiteValue(bytes),
            ])
    }

    /// The last run of each verb for `target`.
    func lastRuns(of target: String) throws -> [RunRecord] {
        try database.rows(
            """
            SELECT max(id), verb, target, started, ended, rows, bytes FROM runs WHERE target = ?
            GROUP BY verb ORDER BY verb
            """, [.text(target)]
        ) {
            RunRecord(
                id: $0.integer(0), verb: $0.text(1), target: $0.text(2),
                started: Timestamp(microseconds: $0.integer(3)),
                ended: Timestamp(microseconds: $0.integer(4)), rows: Int($0.integer(5)), bytes: Int($0.integer(6)))
        }
    }
}
