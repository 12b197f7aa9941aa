import Columnar

/// How far streams of pushes have come. A position moves in the transaction that stores the rows up to it.
extension Catalog {
    /// The positions of some partitions of a stream; a partition that never moved has none.
    func streamPositions(
        of view: String, stream: String, in partitions: some Sequence<String>
    ) throws -> [String: Int64] {
        var found: [String: Int64] = [:]
        for partition in partitions {
            let position = try database.rows(
                "SELECT position FROM push_streams WHERE view = ? AND stream = ? AND partition = ?",
                [.text(view), .text(stream), .text(partition)]
            ) { $0.integer(0) }.first
            if let position { found[partition] = position }
        }
        return found
    }

    /// Moves a stream's partition forward, never back.
    func moveStream(
        of view: String, stream: String, partition: String, to position: Int64, rows: Int, at time: Timestamp
    ) throws {
        try database.query(
            """
            INSERT INTO push_streams (view, stream, partition, position, rows, moved) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET position = max(position, excluded.position), rows = rows + excluded.rows,
            moved = excluded.moved
            """,
            [
                .text(view), .text(stream), .text(partition), .integer(position), SQLiteValue(rows),
                .integer(time.microseconds),
            ])
    }

    /// All positions, or those of one view or stream, in order of view, stream and partition.
    func streams(of view: String? = nil, named stream: String? = nil) throws -> [StreamPosition] {
        try database.rows(
            """
            SELECT view, stream, partition, position, rows, moved FROM push_streams
            WHERE view = coalesce(?, view) AND stream = coalesce(?, stream) ORDER BY view, stream, partition
            """, [view.map { .text($0) } ?? .null, stream.map { .text($0) } ?? .null]
        ) {
            StreamPosition(
                view: $0.text(0), stream: $0.text(1), partition: $0.text(2), position: $0.integer(3),
                rows: Int($0.integer(4)), moved: Timestamp(microseconds: $0.integer(5)))
        }
    }

    /// Forgets positions of a stream, or puts them to `position`; returns how many partitions that were.
    func resetStream(
        of view: String, named stream: String, partition: String?, to position: Int64?, at time: Timestamp
    ) throws -> Int {
        try database.transaction {
            let partitions = try streams(of: view, named: stream).map(\.partition)
                .filter { partition == nil || $0 == partition }
            for partition in partitions {
                let place: [SQLiteValue] = [.text(view), .text(stream), .text(partition)]
                if let position {
                    try database.query(
                        """
                        UPDATE push_streams SET position = ?, moved = ?
                        WHERE view = ? AND stream = ? AND partition = ?
                        """, [.integer(position), .integer(time.microseconds)] + place)
                } else {
                    try database.query(
                        "DELETE FROM push_streams WHERE view = ? AND stream = ? AND partition = ?", place)
                }
            }
            return partitions.count
        }
    }
}
