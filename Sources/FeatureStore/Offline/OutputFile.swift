import Columnar
import Foundation

/// A table written as Parquet or CSV, by the name's extension, under a name of its own until it is kept.
///
/// So no half-written file ever stands under the name, and several files can be kept together. What is not kept is
/// removed with the last reference.
final class OutputFile {
    /// The name that was asked for.
    let path: String
    let rows: Int
    let bytes: Int
    let checksum: Checksum
    private let temporary: String

    /// Finds what is wrong with an output's name before the work for it is done.
    static func check(_ path: String) throws(DataError) {
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
            throw DataError("is a folder; name a file, for example \(path)/training.parquet", file: path)
        }
        guard TableFile.isParquet(path) || TableFile.isCSV(path) else {
            throw DataError("is neither Parquet nor CSV by its name; name it .parquet, .csv or .csv.gz", file: path)
        }
        let folder = (path as NSString).deletingLastPathComponent
        guard folder.isEmpty || FileManager.default.fileExists(atPath: folder) else {
            throw DataError("there is no folder '\(folder)'; make it first", file: path)
        }
    }

    /// Writes `table`, to be kept as `path`.
    init(_ table: Table, for path: String) throws(DataError) {
        try Self.check(path)
        let folder = (path as NSString).deletingLastPathComponent
        let temporary = (folder.isEmpty ? "" : folder + "/") + ".\(getpid())-" + (path as NSString).lastPathComponent
        do {
            if TableFile.isParquet(path) {
                let writer = try ParquetWriter(path: temporary, fields: table.fields)
                try writer.write(table)
                checksum = try writer.close().checksum
            } else {
                let writer = try CSVWriter(path: temporary, fields: table.fields)
                try writer.write(table)
                try writer.close()
                checksum = try Checksum(ofFile: temporary)
            }
        } catch {
            unlink(temporary)
            throw error.file == temporary ? error.inFile(path) : error
        }
        self.path = path
        self.temporary = temporary
        rows = table.rowCount
        bytes = Int(checksum.length)
    }

    deinit { unlink(temporary) }

    /// Gives the file its name, or `otherPath` instead; what stood there is replaced.
    @discardableResult
    func keep(as otherPath: String? = nil) throws(DataError) -> FileRecord {
        let name = otherPath ?? path
        guard rename(temporary, name) == 0 else {
            throw DataError("cannot be written (\(String(cString: strerror(errno))))", file: name)
        }
        return FileRecord(path: name, rows: rows, checksum: checksum.description)
    }
}

extension OutputFile {
    /// `training-test.parquet` for `training.parquet`: the name with a word before its extension.
    static func path(_ path: String, with word: String) -> String {
        let suffixes = [".parquet", ".pq", ".csv.gz", ".tsv.gz", ".csv", ".tsv"]
        guard let suffix = suffixes.first(where: path.hasSuffix) else { return path + "-" + word }
        return path.dropLast(suffix.count) + "-\(word)\(suffix)"
    }
}
