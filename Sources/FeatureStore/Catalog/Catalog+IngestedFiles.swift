/// Which source files a view holds.
extension Catalog {
    /// The files whose rows `view` holds, by path.
    func ingestedFiles(of view: String) throws -> [String: IngestedFile] {
        let files = try database.rows(
            "SELECT path, size, modified, checksum FROM ingested_files WHERE view = ?", [.text(view)]
        ) {
            IngestedFile(
                path: $0.text(0), size: $0.integer(1), modifiedNanoseconds: $0.integer(2), checksum: $0.text(3))
        }
        return Dictionary(uniqueKeysWithValues: files.map { ($0.path, $0) })
    }

    /// Notes files as read; outside of a transaction only for files whose content is known already.
    ///
    /// - Parameter sequences: those among which their rows are; nil leaves what is known.
    func record(_ files: [IngestedFile], of view: String, in sequences: ClosedRange<Int64>? = nil) throws {
        for file in files {
            try database.query(
                """
                INSERT INTO ingested_files (view, path, size, modified, checksum, first_sequence, last_sequence)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (view, path) DO UPDATE SET
                size = excluded.size, modified = excluded.modified, checksum = excluded.checksum,
                first_sequence = coalesce(excluded.first_sequence, first_sequence),
                last_sequence = coalesce(excluded.last_sequence, last_sequence)
                """,
                [
                    .text(view), .text(file.path), .integer(file.size), .integer(file.modifiedNanoseconds),
                    .text(file.checksum), SQLiteValue(sequences?.lowerBound), SQLiteValue(sequences?.upperBound),
                ])
        }
    }

    /// Forgets that files were read whose rows may be among `sequences`, and returns their paths: the next ingestion
    /// reads them again.
    func forgetFiles(of view: String, in sequences: ClosedRange<Int64>) throws -> [String] {
        let condition = """
            view = ? AND coalesce(first_sequence, 0) <= ? AND coalesce(last_sequence, \(Int64.max)) >= ?
            """
        let bindings: [SQLiteValue] = [
            .text(view), .integer(sequences.upperBound), .integer(sequences.lowerBound),
        ]
        let paths = try database.rows("SELECT path FROM ingested_files WHERE \(condition) ORDER BY path", bindings) {
            $0.text(0)
        }
        try database.query("DELETE FROM ingested_files WHERE \(condition)", bindings)
        return paths
    }
}
