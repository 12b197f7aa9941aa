import Columnar
import Foundation

/// The folder of one view's segment files.
enum SegmentFolder {
    /// Removes what a killed process left behind: files that no snapshot lists. The caller holds the writer's lock.
    static func removeOrphans(in folder: String, keeping listed: Set<String>) throws {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else { return }
        for name in names where !listed.contains(name) && (name.hasSuffix(".parquet") || name.hasSuffix(".partial")) {
            unlink(folder + "/" + name)
        }
    }

    /// Opens a snapshot's segments, in order of arrival.
    ///
    /// A compaction may remove files between the moment `list` reads the catalog and the moment they are opened; then
    /// the list is read again. Open files stay readable, removed or not.
    static func open(
        layout: ViewLayout, folder: String, list: () throws -> [SegmentRecord]
    ) throws -> [SegmentFile] {
        var records = try list()
        while true {
            do {
                return try records.map { record throws(DataError) in
                    try SegmentFile(record, layout: layout, folder: folder)
                }
            } catch {
                let again = try list()
                if again == records { throw error }
                records = again
            }
        }
    }
}
