import Columnar
import Foundation

/// Writes a table as Parquet or CSV, by the name's extension; the name appears only when the file is whole.
enum OutputFile {
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

    /// - Returns: the file's size in bytes.
    static func write(_ table: Table, to path: String) throws -> Int {
        let folder = (path as NSString).deletingLastPathComponent
        let temporary = (folder.isEmpty ? "" : folder + "/") + ".\(getpid())-" + (path as NSString).lastPathComponent
        try check(path)
        do throws(DataError) {
            if TableFile.isParquet(path) {
                let writer = try ParquetWriter(path: temporary, fields: table.fields)
                try writer.write(table)
                _ = try writer.close()
            } else {
                let writer = try CSVWriter(path: temporary, fields: table.fields)
                try writer.write(table)
                try writer.close()
            }
        } catch {
            throw error.file == temporary ? error.inFile(path) : error
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
