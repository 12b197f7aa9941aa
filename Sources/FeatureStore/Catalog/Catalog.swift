import Columnar
import Foundation

/// What the store knows of itself, in SQLite: applied definitions, snapshots of segments, ingested files, runs.
///
/// A commit here is what makes written files visible. Invariant: at any time, for each view, the segments with
/// `removed_in IS NULL` and the hot log together hold every acknowledged row once, and their sequences do not overlap.
final class Catalog {
    let database: SQLiteDatabase

    /// Opens the catalog; a writer also makes it.
    ///
    /// - Parameter patienceMilliseconds: how long a commit waits for that of another process.
    init(path: String, isReadOnly: Bool, patienceMilliseconds: Int32 = 10_000) throws {
        if !isReadOnly {
            let folder = (path as NSString).deletingLastPathComponent
            do {
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            } catch {
                throw CatalogError.notWritable(path: path, reason: error.localizedDescription)
            }
        }
        database = try SQLiteDatabase(
            path: path, isReadOnly: isReadOnly, patienceMilliseconds: patienceMilliseconds)
        // A reader of a WAL database needs no pragma, and could not set this one.
        // What leaves the database's pages is overwritten, not just passed over: it may have to be gone for good.
        if !isReadOnly {
            try database.execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON")
        }
        try bringToFormat(isReadOnly: isReadOnly)
    }
}
