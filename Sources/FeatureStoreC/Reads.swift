// The functions are named as in the header.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

import CArrowABI
import CFStore
import Columnar
import FeatureStore

@c @implementation
public func fs_reader_describe(_ reader: OpaquePointer?, _ json: StringPlace, _ error: StringPlace) -> Int32 {
    struct Answer: Encodable {
        struct Column: Encodable {
            let name: String
            let feature: String
            let type: FeatureType
            let width: Int?
            let view: Int
            let offset: Int
        }
        struct View: Encodable {
            let name: String
            let offset: Int
        }

        let features: [Column]
        let views: [View]
        let joinKeys: [JoinKey]
        /// What else a read is given; such reads are by stream.
        let request: [RequestField]
        let width: Int?
        let rowBytes: Int
    }
    return call(error) {
        let reader = try Handle.object(reader, ServiceReader.self)
        let layout = RecordLayout(of: reader)
        let features = reader.service.features.enumerated().map { place, feature in
            Answer.Column(
                name: feature.outputName,
                feature: FeatureReference(view: feature.view.name, feature: feature.feature.name).description,
                type: feature.feature.type, width: reader.vectorLayout.widths[place], view: layout.views[place],
                offset: layout.values[place])
        }
        let views = zip(layout.viewNames, layout.eventTimes).map { Answer.View(name: $0, offset: $1) }
        let answer = Answer(
            features: features, views: views, joinKeys: reader.joinKeys,
            request: Array(reader.inputs.dropFirst(reader.joinKeys.count)), width: reader.vectorLayout.width,
            rowBytes: layout.rowBytes)
        try give(answer, to: json)
    }
}

@c @implementation
public func fs_reader_vectors(_ reader: OpaquePointer?, _ read: UnsafeMutablePointer<fs_read>?) -> Int32 {
    guard let read else { return Int32(FS_ERROR) }
    return call(&read.pointee.error) {
        let reader = try Handle.object(reader, ServiceReader.self)
        let keys = try PlainKeys(read.pointee, of: reader)
        let (floats, isTooMuch) = keys.count.multipliedReportingOverflow(by: try reader.vectorWidth())
        guard !isTooMuch, try isRoom(for: floats.multipliedReportingOverflow(by: 4), in: read) else {
            throw CallError(
                "there is room for \(read.pointee.capacity) bytes, but \(keys.count) rows of \(try reader.vectorWidth()) "
                    + "floats need more")
        }
        let vectors = read.pointee.answer.map { $0.assumingMemoryBound(to: Float.self) }
        try reader.readVectors(
            keys, at: timestamp(read.pointee.time), into: UnsafeMutableBufferPointer(start: vectors, count: floats))
    }
}

@c @implementation
public func fs_reader_rows(_ reader: OpaquePointer?, _ read: UnsafeMutablePointer<fs_read>?) -> Int32 {
    guard let read else { return Int32(FS_ERROR) }
    var isWhole = true
    let status = call(&read.pointee.error) {
        let reader = try Handle.object(reader, ServiceReader.self)
        let keys = try PlainKeys(read.pointee, of: reader)
        let layout = RecordLayout(of: reader)
        let records = keys.count.multipliedReportingOverflow(by: layout.rowBytes)
        guard try isRoom(for: records, in: read) else {
            isWhole = false
            return
        }
        let answer = UnsafeMutableRawBufferPointer(start: read.pointee.answer, count: Int(read.pointee.capacity))
        let needed = try reader.withRows(try reader.columns(of: keys), at: timestamp(read.pointee.time)) { rows in
            try layout.write(rows, to: answer)
        }
        read.pointee.needed = Int64(needed)
        isWhole = needed <= answer.count
    }
    return status == Int32(FS_OK) && !isWhole ? Int32(FS_MORE_ROOM) : status
}

/// Whether an answer has room; tells in any case how much it needs.
func isRoom(
    for needed: (partialValue: Int, overflow: Bool), in read: UnsafeMutablePointer<fs_read>
) throws -> Bool {
    guard !needed.overflow else {
        throw CallError("\(read.pointee.count) rows are more than memory holds; ask for fewer at a time")
    }
    read.pointee.needed = Int64(needed.partialValue)
    return read.pointee.needed <= read.pointee.capacity && (read.pointee.answer != nil || needed.partialValue == 0)
}

extension PlainKeys {
    /// The keys that C has laid out for `reader`.
    init(_ read: fs_read, of reader: ServiceReader) throws {
        let numbers = read.count.multipliedReportingOverflow(by: Int64(reader.numberKeys))
        if let field = reader.inputs.dropFirst(reader.joinKeys.count).first {
            throw CallError("'\(field.name)' is a request field; such values are given as a stream of columns")
        }
        guard read.count >= 0, !numbers.overflow, read.text_bytes >= 0 else {
            throw CallError("count is \(read.count) and text_bytes \(read.text_bytes), which cannot be")
        }
        guard read.numbers != nil || numbers.partialValue == 0, read.texts != nil || read.text_bytes == 0 else {
            throw CallError("numbers or texts is NULL; give \(read.count) of each join key")
        }
        self.init(
            count: Int(read.count),
            numbers: UnsafeBufferPointer(start: read.numbers, count: Int(numbers.partialValue)),
            texts: UnsafeRawBufferPointer(start: read.texts, count: Int(read.text_bytes)))
    }
}

@c @implementation
public func fs_reader_vectors_of_stream(
    _ reader: OpaquePointer?, _ keys: UnsafeMutablePointer<ArrowArrayStream>?, _ time: Int64,
    _ vectors: UnsafeMutablePointer<Float>?,
    _ capacity: Int64, _ count: UnsafeMutablePointer<Int64>?, _ error: StringPlace
) -> Int32 {
    let keys = HandedOver(keys)
    return call(error) {
        let (table, origin) = try keys.take(called: "keys")
        let reader = try Handle.object(reader, ServiceReader.self)
        count?.pointee = Int64(table.rowCount)
        let columns = try reader.columns(in: table, origin: origin)
        let (needed, isTooMuch) = table.rowCount.multipliedReportingOverflow(by: try reader.vectorWidth())
        guard !isTooMuch, Int64(needed) <= capacity, vectors != nil || needed == 0 else {
            throw CallError("there is room for \(capacity) floats, but \(table.rowCount) rows need \(needed)")
        }
        try reader.readVectors(
            columns, at: timestamp(time), into: UnsafeMutableBufferPointer(start: vectors, count: needed))
    }
}

@c @implementation
public func fs_reader_rows_of_stream(
    _ reader: OpaquePointer?, _ keys: UnsafeMutablePointer<ArrowArrayStream>?, _ time: Int64, _ json: StringPlace,
    _ error: StringPlace
) -> Int32 {
    struct Cell: Encodable {
        let value: JSONValue
        let status: FeatureStatus
        let eventTimestamp: String?
    }
    let keys = HandedOver(keys)
    return call(error) {
        let (table, origin) = try keys.take(called: "keys")
        let reader = try Handle.object(reader, ServiceReader.self)
        let rows = try reader.read(try reader.columns(in: table, origin: origin), at: timestamp(time))
        try give(
            rows.map { row in
                row.map {
                    Cell(value: JSONValue($0.value), status: $0.status, eventTimestamp: $0.eventTime?.description)
                }
            }, to: json)
    }
}
