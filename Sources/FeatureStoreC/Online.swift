// The functions are named as in the header.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

import CArrowABI
import CFStore
import Columnar
import FeatureStore

@c @implementation
public func fs_store_materialize(
    _ store: OpaquePointer?, _ view: UnsafePointer<CChar>?, _ time: Int64, _ full: Bool,
    _ stop: UnsafePointer<Int32>?, _ json: StringPlace, _ error: StringPlace
) -> Int32 {
    call(stoppedBy: stop, error) {
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
public func fs_reader_vectors(
    _ reader: OpaquePointer?, _ keys: UnsafePointer<fs_keys>?, _ time: Int64, _ vectors: UnsafeMutablePointer<Float>?,
    _ capacity: Int64, _ error: StringPlace
) -> Int32 {
    call(error) {
        let reader = try Handle.object(reader, ServiceReader.self)
        let keys = try PlainKeys(keys, of: reader)
        let room = try room(for: keys.count, of: reader, in: vectors, capacity: capacity)
        try reader.readVectors(keys, at: timestamp(time), into: room)
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
        let columns = try reader.keys(in: table, origin: origin)
        let room = try room(for: table.rowCount, of: reader, in: vectors, capacity: capacity)
        try reader.readVectors(columns, at: timestamp(time), into: room)
    }
}

/// The place for the vectors of `count` rows.
private func room(
    for count: Int, of reader: ServiceReader, in vectors: UnsafeMutablePointer<Float>?, capacity: Int64
) throws -> UnsafeMutableBufferPointer<Float> {
    let (needed, isTooMuch) = count.multipliedReportingOverflow(by: try reader.vectorWidth())
    guard !isTooMuch, Int64(needed) <= capacity, vectors != nil || needed == 0 else {
        throw CallError("there is room for \(capacity) floats, but \(count) rows need \(needed)")
    }
    return UnsafeMutableBufferPointer(start: vectors, count: needed)
}

extension PlainKeys {
    /// The keys that C has laid out for `reader`.
    fileprivate init(_ keys: UnsafePointer<fs_keys>?, of reader: ServiceReader) throws {
        guard let keys = keys?.pointee else { throw CallError("keys is NULL; give an fs_keys") }
        let numbers = keys.count.multipliedReportingOverflow(by: Int64(reader.numberKeys))
        guard keys.count >= 0, !numbers.overflow, keys.text_bytes >= 0 else {
            throw CallError("keys.count is \(keys.count) and keys.text_bytes \(keys.text_bytes); neither can be")
        }
        guard keys.numbers != nil || numbers.partialValue == 0, keys.texts != nil || keys.text_bytes == 0 else {
            throw CallError("keys.numbers or keys.texts is NULL; give \(keys.count) of each join key")
        }
        self.init(
            count: Int(keys.count),
            numbers: UnsafeBufferPointer(start: keys.numbers, count: Int(numbers.partialValue)),
            texts: UnsafeRawBufferPointer(start: keys.texts, count: Int(keys.text_bytes)))
    }
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
    let keys = HandedOver(keys)
    return call(error) {
        let (table, origin) = try keys.take(called: "keys")
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
