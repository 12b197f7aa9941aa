import Foundation
import Testing

/// Other implementations of Parquet, asked through the Python interpreter that `FSTORE_PYTHON` names; it needs pyarrow,
/// pandas, polars and duckdb.
enum Python {
    static let executable = ProcessInfo.processInfo.environment["FSTORE_PYTHON"]
    static let isMissing: Comment = "set FSTORE_PYTHON to a Python interpreter with pyarrow, pandas, polars and duckdb"

    /// Runs `script`, after the definitions that all scripts share; returns what it printed.
    static func run(_ script: String, _ arguments: String...) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(executable))
        process.arguments = ["-c", canonicalText + script] + arguments
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return String(decoding: data, as: UTF8.self)
    }

    /// `canonical(table)`: a line a column, as `Column.canonicalText` has it.
    private static let canonicalText = """
        import decimal, struct, sys
        import pyarrow as pa, pyarrow.parquet as pq

        def cell(value, type):
            if value is None: return '-'
            if pa.types.is_list(type) or pa.types.is_large_list(type) or pa.types.is_fixed_size_list(type):
                return '[' + ','.join(cell(item, type.value_type) for item in value) + ']'
            if isinstance(value, decimal.Decimal): return 'm' + format(value, 'f')
            if isinstance(value, bool): return '1' if value else '0'
            if isinstance(value, int): return str(value)
            if isinstance(value, str): return 's' + value.encode().hex()
            if isinstance(value, bytes): return 'b' + value.hex()
            if value != value: return 'nan'
            if pa.types.is_float64(type): return 'd' + struct.pack('<d', value).hex()
            return 'f' + struct.pack('<f', float(value)).hex()

        def plain(column):
            type = column.type
            if pa.types.is_dictionary(type): column = column.cast(type.value_type)
            elif pa.types.is_timestamp(type): column = column.cast(pa.int64())
            elif pa.types.is_date32(type) or pa.types.is_time32(type): column = column.cast(pa.int32())
            elif pa.types.is_time64(type): column = column.cast(pa.int64())
            return column

        def canonical(table):
            lines = []
            for name, column in zip(table.column_names, table.columns):
                column = plain(column)
                lines.append(name + ' ' + ' '.join(cell(value, column.type) for value in column.to_pylist()))
            return '\\n'.join(lines)


        """
}

/// A folder that is removed with its last reference.
final class TemporaryDirectory {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "fstore-parquet-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { path + "/" + name }
}
