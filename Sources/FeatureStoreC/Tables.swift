// The functions are named as in the header.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

import CArrowABI
import CFStore
import Columnar

@c @implementation
public func fs_table_row_count(_ table: OpaquePointer?) -> Int64 {
    (try? Handle.object(table, SharedTable.self)).map { Int64($0.table.rowCount) } ?? 0
}

@c @implementation
public func fs_table_training_set(_ table: OpaquePointer?) -> Int64 {
    (try? Handle.object(table, SharedTable.self))?.trainingSet ?? 0
}

@c @implementation
public func fs_table_stream(
    _ table: OpaquePointer?, _ batchRows: Int64, _ stream: UnsafeMutablePointer<ArrowArrayStream>?,
    _ error: StringPlace
) -> Int32 {
    call(error) {
        guard let stream else { throw CallError("stream is NULL; give a place for the stream") }
        let rows = batchRows > 0 ? Int(batchRows) : nil
        ArrowExport.stream(
            of: try Handle.object(table, SharedTable.self).table,
            to: stream, batchRows: rows)
    }
}

@c @implementation
public func fs_table_slice(
    _ table: OpaquePointer?, _ first: Int64, _ count: Int64, _ part: UnsafeMutablePointer<OpaquePointer?>?,
    _ error: StringPlace
) -> Int32 {
    part?.pointee = nil
    return call(error) {
        let whole = try Handle.object(table, SharedTable.self).table
        let rows = Int64(whole.rowCount)
        guard first >= 0, count >= 0, first <= rows, count <= rows - first else {
            throw CallError("the table has \(rows) rows, so not \(count) from \(first) on")
        }
        part?.pointee = Handle.make(SharedTable(whole.slice(Int(first)..<Int(first + count))))
    }
}

@c @implementation
public func fs_table_free(_ table: OpaquePointer?) { Handle.release(table, SharedTable.self) }
