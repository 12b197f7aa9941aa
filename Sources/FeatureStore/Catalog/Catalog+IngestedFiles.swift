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
    func record(_ files: [IngestedFile], of view: String) throws {
        for file in files {
            try database.query(
                """
                INSERT INTO ingested_files (view, path, size, modified, checksum) VALUES (?, ?, ?, ?, ?)
                ON CONFLICT (view, path) DO UPDATE SET
                size = excluded.size, modified = excluded.modified, checksum = excluded.checksum
                """,
                [
                    .text(view), .text(file.path), .integer(file.size), .integer(file.modifiedNanoseconds),
                    .text(file.checksum),
                ])
        }
    }
}
