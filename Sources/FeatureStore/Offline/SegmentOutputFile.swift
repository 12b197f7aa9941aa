import Columnar
import Foundation

/// The name of a segment that is being written: one that nobody reads, until the file is whole.
struct SegmentOutputFile {
    let folder: String
    /// The name that it will have.
    let name: String

    /// Makes the folder, and a name that no other file has.
    ///
    /// - Parameter kind: what the name has before its ending.
    init(folder: String, firstSequence: Int64, kind: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        self.folder = folder
        let id = UUID().uuidString.prefix(8).lowercased()
        name = String(format: "%010lld-%@%@.parquet", firstSequence, id, kind)
    }

    var temporaryPath: String { "\(folder)/.\(name).partial" }

    /// Gives a file that is whole and on disk its name, durably.
    func keep() throws(DataError) {
        guard rename(temporaryPath, "\(folder)/\(name)") == 0 else {
            let reason = String(cString: strerror(errno))
            unlink(temporaryPath)
            throw DataError("cannot be renamed (\(reason))", file: temporaryPath)
        }
        try Durability.syncFolder(folder)
    }
}
