// The functions are named as in the header.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

import CArrowABI
import CFStore
import Columnar
import FeatureStore

@c @implementation
public func fs_store_fit(
    _ store: OpaquePointer?, _ service: UnsafePointer<CChar>?, _ rows: UnsafeMutablePointer<ArrowArrayStream>?,
    _ origin: UnsafePointer<CChar>?, _ condition: UnsafePointer<CChar>?, _ split: UnsafePointer<CChar>?,
    _ stop: UnsafePointer<Int32>?, _ json: StringPlace, _ error: StringPlace
) -> Int32 {
    let rows = HandedOver(rows)
    return call(stoppedBy: stop, error) {
        let (table, origin) = try rows.take(origin: origin, called: "rows")
        let (service, choice) = (try text(service, "service"), try fittingChoice(condition, split))
        try Handle.object(store, SharedStore.self).run { store in
            try give(store.fit(service, on: table, origin: origin, choosing: choice), to: json)
        }
    }
}

@c @implementation
public func fs_store_fit_on(
    _ store: OpaquePointer?, _ service: UnsafePointer<CChar>?, _ trainingSet: UnsafePointer<CChar>?,
    _ condition: UnsafePointer<CChar>?, _ split: UnsafePointer<CChar>?, _ stop: UnsafePointer<Int32>?,
    _ json: StringPlace, _ error: StringPlace
) -> Int32 {
    call(stoppedBy: stop, error) {
        let (service, rows) = (try text(service, "service"), try text(trainingSet, "training_set"))
        let choice = try fittingChoice(condition, split)
        try Handle.object(store, SharedStore.self).run { store in
            let summary =
                try Int64(rows).map { try store.fit(service, onTrainingSet: $0, choosing: choice) }
                ?? store.fit(service, onFile: rows, choosing: choice)
            try give(summary, to: json)
        }
    }
}

private func fittingChoice(
    _ condition: UnsafePointer<CChar>?, _ split: UnsafePointer<CChar>?
) throws -> FittingChoice {
    let wanted = try optionalText(split, "split").map { text in
        guard let split = RowSplit(text) else {
            throw CallError("split is '\(text)'; write time:0.8, time:2024-03-01 or key:0.8")
        }
        return split
    }
    return FittingChoice(condition: try optionalText(condition, "condition"), split: wanted)
}

/// What a state's vectors are, for whoever reads them.
private struct EncodersAnswer: Encodable {
    let encoders: String
    let width: Int
    let slots: [String]
    let features: [String]
    let fittedOn: FittedRows
    let made: String
    let joinKeys: [JoinKey]?
    let request: [RequestField]?

    init(_ state: EncoderState, reader: ServiceReader? = nil) {
        encoders = state.name
        width = state.width
        slots = state.slots
        features = state.references.map(\.description)
        fittedOn = state.rows
        made = state.made.description
        joinKeys = reader?.joinKeys
        request = reader.map { Array($0.inputs.dropFirst($0.joinKeys.count)) }
    }
}

@c @implementation
public func fs_store_encoders(
    _ store: OpaquePointer?, _ encoders: UnsafePointer<CChar>?, _ json: StringPlace, _ error: StringPlace
) -> Int32 {
    call(error) {
        let name = try text(encoders, "encoders")
        try Handle.object(store, SharedStore.self).run { store in
            try give(EncodersAnswer(store.encoderState(name)), to: json)
        }
    }
}

@c @implementation
public func fs_store_encode(
    _ store: OpaquePointer?, _ encoders: UnsafePointer<CChar>?, _ rows: UnsafeMutablePointer<ArrowArrayStream>?,
    _ origin: UnsafePointer<CChar>?, _ trainRows: Int64, _ sparse: Bool, _ asNew: Bool,
    _ stop: UnsafePointer<Int32>?, _ table: UnsafeMutablePointer<OpaquePointer?>?, _ json: StringPlace,
    _ error: StringPlace
) -> Int32 {
    table?.pointee = nil
    let rows = HandedOver(rows)
    return call(stoppedBy: stop, error) {
        let (given, origin) = try rows.take(origin: origin, called: "rows")
        let name = try text(encoders, "encoders")
        try Handle.object(store, SharedStore.self).run { store in
            let state = try store.encoderState(name)
            guard trainRows >= 0, trainRows <= given.rowCount else {
                throw CallError("train_rows is \(trainRows), but there are \(given.rowCount) rows")
            }
            let encoded = try store.encode(
                given, with: state, origin: origin, layout: sparse ? .sparse : .columns,
                trainRows: trainRows > 0 ? Int(trainRows) : nil, areNew: asNew)
            try give(EncodersAnswer(state), to: json)
            table?.pointee = Handle.make(SharedTable(encoded))
        }
    }
}

@c @implementation
public func fs_table_floats(
    _ table: OpaquePointer?, _ names: UnsafePointer<UnsafePointer<CChar>?>?, _ count: Int64,
    _ floats: UnsafeMutablePointer<UnsafePointer<Float>?>?, _ error: StringPlace
) -> Int32 {
    floats?.pointee = nil
    return call(error) {
        let table = try Handle.object(table, SharedTable.self).table
        guard let floats, let names, count >= 0 else { throw CallError("names or floats is NULL") }
        let columns = try (0..<Int(count)).map { place in
            let name = try text(names[place], "names[\(place)]")
            guard let column = table.column(name), column.type == .float32, column.validity == nil else {
                throw CallError("there is no column '\(name)' of float32 without nulls")
            }
            return column
        }
        let length = table.rowCount * 4
        for (place, column) in columns.enumerated() where column.values.base != columns[0].values.base + place * length
        {
            throw CallError("the columns do not lie behind each other; read them one by one")
        }
        floats.pointee = columns.first.map { $0.values.base.assumingMemoryBound(to: Float.self) }
    }
}

@c @implementation
public func fs_encoder_open(
    _ store: OpaquePointer?, _ encoders: UnsafePointer<CChar>?, _ encoder: UnsafeMutablePointer<OpaquePointer?>?,
    _ error: StringPlace
) -> Int32 {
    encoder?.pointee = nil
    return call(error) {
        guard let encoder else { throw CallError("encoder is NULL; give a place for the handle") }
        let name = try text(encoders, "encoders")
        encoder.pointee = Handle.make(
            try Handle.object(store, SharedStore.self).run { store in
                try store.encodedReader(for: try store.encoderState(name))
            })
    }
}

@c @implementation
public func fs_encoder_close(_ encoder: OpaquePointer?) { Handle.release(encoder, EncodedReader.self) }

@c @implementation
public func fs_encoder_describe(_ encoder: OpaquePointer?, _ json: StringPlace, _ error: StringPlace) -> Int32 {
    call(error) {
        let encoder = try Handle.object(encoder, EncodedReader.self)
        try give(EncodersAnswer(encoder.state, reader: encoder.reader), to: json)
    }
}

@c @implementation
public func fs_encoder_vectors(_ encoder: OpaquePointer?, _ read: UnsafeMutablePointer<fs_read>?) -> Int32 {
    guard let read else { return Int32(FS_ERROR) }
    return call(&read.pointee.error) {
        let encoder = try Handle.object(encoder, EncodedReader.self)
        let keys = try PlainKeys(read.pointee, of: encoder.reader)
        let (floats, isTooMuch) = keys.count.multipliedReportingOverflow(by: encoder.width)
        guard !isTooMuch, try isRoom(for: floats.multipliedReportingOverflow(by: 4), in: read) else {
            throw CallError(
                "there is room for \(read.pointee.capacity) bytes, but \(keys.count) rows of \(encoder.width) floats need "
                    + "more")
        }
        let vectors = read.pointee.answer.map { $0.assumingMemoryBound(to: Float.self) }
        try encoder.readVectors(
            keys, at: timestamp(read.pointee.time), into: UnsafeMutableBufferPointer(start: vectors, count: floats))
    }
}

@c @implementation
public func fs_encoder_vectors_of_stream(
    _ encoder: OpaquePointer?, _ keys: UnsafeMutablePointer<ArrowArrayStream>?, _ time: Int64,
    _ vectors: UnsafeMutablePointer<Float>?, _ capacity: Int64, _ count: UnsafeMutablePointer<Int64>?,
    _ error: StringPlace
) -> Int32 {
    let keys = HandedOver(keys)
    return call(error) {
        let (table, origin) = try keys.take(called: "keys")
        let encoder = try Handle.object(encoder, EncodedReader.self)
        count?.pointee = Int64(table.rowCount)
        let columns = try encoder.reader.columns(in: table, origin: origin)
        let (needed, isTooMuch) = table.rowCount.multipliedReportingOverflow(by: encoder.width)
        guard !isTooMuch, Int64(needed) <= capacity, vectors != nil || needed == 0 else {
            throw CallError("there is room for \(capacity) floats, but \(table.rowCount) rows need \(needed)")
        }
        try encoder.readVectors(
            columns, at: timestamp(time), into: UnsafeMutableBufferPointer(start: vectors, count: needed))
    }
}
