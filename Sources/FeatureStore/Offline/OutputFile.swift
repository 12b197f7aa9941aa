import Columnar
import Foundation

/// Writes a table as Parquet or CSV, by the name's extension; the name appears only when the file is whole.
enum OutputFile {
    /// - Returns: the file's size in bytes.
    static func write(_ table: Table, to path: String) throws -> Int {
        let folder = (path as NSString).deletingLastPathComponent
        let temporary = (folder.isEmpty ? "" : folder + "/") + ".\(getpid())-" + (path as NSString).lastPathComponent
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
            throw DataError("is a folder; name a file, for example \(path)/training.parquet", file: path)
        }
        do {
            if path.hasSuffix(".parquet") || path.hasSuffix(".pq") {
                let writer = try ParquetWriter(path: temporary, fields: table.fields)
                try writer.write(table)
                _ = try writer.close()
            } else if [".csv", ".csv.gz", ".tsv", ".tsv.gz"].contains(where: path.hasSuffix) {
                let writer = try CSVWriter(path: temporary, fields: table.fields)
                try writer.write(table)
                try writer.close()
            } else {
                throw DataError("is neither Parquet nor CSV by its name; name it .parquet, .csv or .csv.gz", file: path)
            }
        } catch var error as DataError {
            if error.file == temporary { error.file = path }
            throw error
        }
        guard rename(temporary, path) == 0 else {
            let reason = String(cString: strerror(errno))
            unlink(temporary)
            throw DataError("cannot be written (\(reason))", file: path)
        }
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : 0
    }
}
