import Columnar
import Foundation

/// A Parquet or CSV file, by its name, that is written table by table and stands under its name when it is whole.
public final class TableOutput {
    private let path: String
    private let temporary: String
    private let parquet: ParquetWriter?
    private let csv: CSVWriter?

    /// - Throws: `DataError` if the name is of no format that can be written, or the file cannot be made.
    public init(path: String, fields: [Field]) throws(DataError) {
        try OutputFile.check(path)
        self.path = path
        let folder = (path as NSString).deletingLastPathComponent
        temporary = (folder.isEmpty ? "" : folder + "/") + ".\(getpid())-" + (path as NSString).lastPathComponent
        if TableFile.isParquet(path) {
            parquet = try ParquetWriter(path: temporary, fields: fields)
            csv = nil
        } else {
            parquet = nil
            csv = try CSVWriter(path: temporary, fields: fields)
        }
    }

    deinit { unlink(temporary) }

    /// Appends the rows of a table that has the fields.
    public func write(_ table: Table) throws(DataError) {
        try inFile { () throws(DataError) in
            try parquet?.write(table)
            try csv?.write(table)
        }
    }

    /// Gives the file its name; what stood there is replaced.
    ///
    /// - Returns: its size in bytes.
    public func keep() throws(DataError) -> Int {
        try inFile { () throws(DataError) in
            _ = try parquet?.close()
            try csv?.close()
        }
        var status = stat()
        guard stat(temporary, &status) == 0, rename(temporary, path) == 0 else {
            throw DataError("cannot be written (\(String(cString: strerror(errno))))", file: path)
        }
        return Int(status.st_size)
    }

    /// Names the file in errors as the caller did.
    private func inFile(_ body: () throws(DataError) -> Void) throws(DataError) {
        do throws(DataError) {
            try body()
        } catch {
            throw error.file == temporary ? error.inFile(path) : error
        }
    }
}
