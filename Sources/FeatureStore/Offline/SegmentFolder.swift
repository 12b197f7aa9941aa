import Columnar
import Foundation

/// The folder of one view's segment files.
enum SegmentFolder {
    /// What the names of segments of pushed rows have before their ending: those are written under a lock of their own.
    static let pushedKind = ".pushed"

    /// Removes what a killed process left behind: files that no snapshot lists.
    ///
    /// - Parameter ofPushes: Only segments of pushed rows, for which the caller holds the hot log's lock; else only the
    ///   others, for which it holds the writer's.
    static func removeOrphans(in folder: String, keeping listed: Set<String>, ofPushes: Bool = false) throws {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else { return }
        for name in names where !listed.contains(name) && (name.hasSuffix(".parquet") || name.hasSuffix(".partial")) {
            if name.contains(pushedKind + ".parquet") == ofPushes { unlink(folder + "/" + name) }
        }
    }
}
