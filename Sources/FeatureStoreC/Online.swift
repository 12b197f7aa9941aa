// The functions are named as in the header.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

import CArrowABI
import CFStore
import Columnar
import FeatureStore

@c @implementation
public func fs_store_materialize(
    _ store: OpaquePointer?, _ view: UnsafePointer<CChar>?, _ time: Int64, _ full: Bool, _ json: StringPlace,
    _ error: StringPlace
) -> Int32 {
    call(error) {
        let view = try text(view, "view")
        try Handle.object(store, SharedStore.self).run { store in
            try give(store.materialize(view, to: timestamp(time), isFull: full), to: json)
        }
    }
}

@c @implementation
public func fs_reader_open(
    _ store: OpaquePointer?, _ features: UnsafePointer<CChar>?, _ fullNames: Bool,
    _ reader: UnsafeMutablePointer<OpaquePointer?>?, _ error: StringPlace
) -> Int32 {
    reader?.pointee = nil
    return call(error) {
        guard let reader else { throw CallError("reader is NULL; give a place for the handle") }
        let selection = try FeatureSelection(parsing: try text(features, "features"))
        reader.pointee = Handle.make(
            try Handle.object(store, SharedStore.self).run { store in
                try store.onlineReader(for: selection, fullNames: fullNames)
            })
    }
}

@c @implementation
public func fs_reader_close(_ reader: OpaquePointer?) { Handle.release(reader, ServiceReader.self) }

@c @implementation
public func fs_reader_describe(_ reader: OpaquePointer?, _ json: StringPlace, _ error: StringPlace) -> Int32 {
    struct Answer: Encodable {
        struct Column: Encodable {
            let name: String
            let feature: String
            let type: FeatureType
            let width: Int?
        }

        let features: [Column]
        let joinKeys: [JoinKey]
        let width: Int?
    }
    return call(error) {
        let reader = try Handle.object(reader, ServiceReader.self)
        let features = zip(reader.service.features, reader.vectorLayout.widths).map { feature, width in
            Answer.Column(
                name: feature.outputName,
                feature: FeatureReference(view: feature.view.name, feature: feature.feature.name).description,
                type: feature.feature.type, width: width)
        }
        let answer = Answer(features: features, joinKeys: reader.joinKeys, width: reader.vectorLayout.width)
        try give(answer, to: json)
    }
}

@c @implementation
public func fs_reader_vectors_of_int64(
    _ reader: OpaquePointer?, _ keys: UnsafePointer<Int64>?, _ count: Int64, _ time: Int64,
    _ vectors: UnsafeMutablePointer<Float>?, _ capacity: Int64, _ error: StringPlace
) -> Int32 {
    call(error) {
        let reader = try Handle.object(reader, ServiceReader.self)
        guard reader.joinKeys.map(\.type) == [.int64] else {
            throw CallError("the join key is not a single int64; hand the keys over as a stream")
        }
        guard count >= 0, let bytes = Int(exactly: count)?.multipliedReportingOverflow(by: 8), !bytes.overflow,
            let keys = count == 0 ? UnsafePointer<Int64>(bitPattern: 8) : keys
        else { throw CallError("keys and count are no array; give a place of count int64s") }
        let buffer = MutableBuffer(capacity: bytes.partialValue)
        buffer.append(contentsOf: UnsafeRawBufferPointer(start: keys, count: bytes.partialValue))
        let column = Column(.int64, count: Int(count), values: buffer.freeze())
        try read([column], with: reader, at: timestamp(time), into: vectors, capacity: capacity)
    }
}

@c @implementation
public func fs_reader_vectors(
    _ reader: OpaquePointer?, _ keys: UnsafeMutablePointer<ArrowArrayStream>?, _ time: Int64,
    _ vectors: UnsafeMutablePointer<Float>?,
    _ capacity: Int64, _ count: UnsafeMutablePointer<Int64>?, _ error: StringPlace
) -> Int32 {
    call(error) {
        let (table, origin) = try take(keys, called: "keys")
        let reader = try Handle.object(reader, ServiceReader.self)
        count?.pointee = Int64(table.rowCount)
        let columns = try reader.keys(in: table, origin: origin)
        try read(columns, with: reader, at: timestamp(time), into: vectors, capacity: capacity)
    }
}

private func read(
    _ keys: [Column], with reader: ServiceReader, at time: Timestamp, into vectors: UnsafeMutablePointer<Float>?,
    capacity: Int64
) throws {
    let (needed, isTooMuch) = keys[0].count.multipliedReportingOverflow(by: try reader.vectorWidth())
    guard !isTooMuch, Int64(needed) <= capacity, vectors != nil || needed == 0 else {
        throw CallError("there is room for \(capacity) floats, but \(keys[0].count) rows need \(needed)")
    }
    try reader.readVectors(keys, at: time, into: UnsafeMutableBufferPointer(start: vectors, count: needed))
}

@c @implementation
public func fs_reader_rows(
    _ reader: OpaquePointer?, _ keys: UnsafeMutablePointer<ArrowArrayStream>?, _ time: Int64, _ json: StringPlace,
    _ error: StringPlace
) -> Int32 {
    struct Cell: Encodable {
        let value: JSONValue
        let status: FeatureStatus
        let eventTimestamp: String?
    }
    return call(error) {
        let (table, origin) = try take(keys, called: "keys")
        let reader = try Handle.object(reader, ServiceReader.self)
        let rows = try reader.read(try reader.keys(in: table, origin: origin), at: timestamp(time))
        try give(
            rows.map { row in
                row.map {
                    Cell(value: JSONValue($0.value), status: $0.status, eventTimestamp: $0.eventTime?.description)
                }
            }, to: json)
    }
}
