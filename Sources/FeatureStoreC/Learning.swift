// The functions are named as in the header.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

import CArrowABI
import CFStore
import Columnar
import FeatureStore
import Foundation

@c @implementation
public func fs_store_label(
    _ store: OpaquePointer?, _ service: UnsafePointer<CChar>?, _ labels: UnsafeMutablePointer<ArrowArrayStream>?,
    _ origin: UnsafePointer<CChar>?, _ json: StringPlace, _ error: StringPlace
) -> Int32 {
    let labels = HandedOver(labels)
    return call(error) {
        let (table, origin) = try labels.take(origin: origin, called: "labels")
        let service = try text(service, "service")
        try Handle.object(store, SharedStore.self).run { store in
            try give(store.label(service, table: table, origin: origin), to: json)
        }
    }
}

@c @implementation
public func fs_store_log(
    _ store: OpaquePointer?, _ service: UnsafePointer<CChar>?, _ table: UnsafeMutablePointer<OpaquePointer?>?,
    _ error: StringPlace
) -> Int32 {
    table?.pointee = nil
    return call(error) {
        let service = try text(service, "service")
        table?.pointee = Handle.make(
            SharedTable(try Handle.object(store, SharedStore.self).run { try $0.logTable(of: service) }))
    }
}

@c @implementation
public func fs_examples_open(
    _ store: OpaquePointer?, _ service: UnsafePointer<CChar>?, _ consumer: UnsafePointer<CChar>?, _ after: Int64,
    _ examples: UnsafeMutablePointer<OpaquePointer?>?, _ json: StringPlace, _ error: StringPlace
) -> Int32 {
    struct Answer: Encodable {
        let label: String
        let type: FeatureType
        let position: Int64
    }
    examples?.pointee = nil
    return call(error) {
        guard let examples else { throw CallError("examples is NULL; give a place for the handle") }
        let (service, consumer) = (try text(service, "service"), try text(consumer, "consumer"))
        let stream = try Handle.object(store, SharedStore.self).run { store in
            try store.examples(of: service, for: consumer, after: after < 0 ? nil : after)
        }
        try give(Answer(label: stream.label.name, type: stream.label.type, position: stream.position), to: json)
        examples.pointee = Handle.make(SharedExamples(stream))
    }
}

@c @implementation
public func fs_examples_close(_ examples: OpaquePointer?) { Handle.release(examples, SharedExamples.self) }

@c @implementation
public func fs_examples_next(
    _ examples: OpaquePointer?, _ limit: Int64, _ first: UnsafeMutablePointer<Int64>?,
    _ count: UnsafeMutablePointer<Int64>?, _ width: UnsafeMutablePointer<Int64>?, _ error: StringPlace
) -> Int32 {
    call(error) {
        guard limit > 0 else { throw CallError("limit is \(limit); ask for one example or more") }
        try Handle.object(examples, SharedExamples.self).run { shared in
            shared.batch = try shared.stream.next(atMost: Int(limit))
            first?.pointee = shared.batch?.first ?? shared.stream.position
            count?.pointee = Int64(shared.batch?.table.rowCount ?? 0)
            width?.pointee = Int64(shared.batch?.vectorWidth ?? 0)
        }
    }
}

@c @implementation
public func fs_examples_vectors(
    _ examples: OpaquePointer?, _ vectors: UnsafeMutablePointer<Float>?, _ labels: UnsafeMutableRawPointer?,
    _ weights: UnsafeMutablePointer<Double>?, _ error: StringPlace
) -> Int32 {
    call(error) {
        try Handle.object(examples, SharedExamples.self).run { shared in
            guard let batch = shared.batch else { throw CallError("there is no batch; call fs_examples_next first") }
            let count = batch.table.rowCount
            if let vectors {
                batch.writeVectors(into: UnsafeMutableBufferPointer(start: vectors, count: count * batch.vectorWidth))
            }
            if let labels { batch.copyLabels(to: labels) }
            if let weights, let column = batch.table.column("weight") {
                withExtendedLifetime(column) {
                    weights.update(from: column.elements(as: Double.self).baseAddress!, count: count)
                }
            }
        }
    }
}

@c @implementation
public func fs_examples_table(
    _ examples: OpaquePointer?, _ table: UnsafeMutablePointer<OpaquePointer?>?, _ names: StringPlace,
    _ error: StringPlace
) -> Int32 {
    table?.pointee = nil
    return call(error) {
        try Handle.object(examples, SharedExamples.self).run { shared in
            guard let batch = shared.batch else { throw CallError("there is no batch; call fs_examples_next first") }
            try give(batch.vectorNames, to: names)
            table?.pointee = Handle.make(SharedTable(batch.table))
        }
    }
}

@c @implementation
public func fs_examples_texts(
    _ examples: OpaquePointer?, _ column: UnsafePointer<CChar>?, _ json: StringPlace, _ error: StringPlace
) -> Int32 {
    call(error) {
        let name = try text(column, "column")
        try Handle.object(examples, SharedExamples.self).run { shared in
            guard let batch = shared.batch else { throw CallError("there is no batch; call fs_examples_next first") }
            guard let column = batch.table.column(name), column.type == .string else {
                throw CallError("examples have no column of texts '\(name)'")
            }
            try give((0..<column.count).map { String(decoding: column.bytes(at: $0), as: UTF8.self) }, to: json)
        }
    }
}

@c @implementation
public func fs_examples_commit(_ examples: OpaquePointer?, _ position: Int64, _ error: StringPlace) -> Int32 {
    call(error) { try Handle.object(examples, SharedExamples.self).run { try $0.stream.commit(position) } }
}

/// A stream of examples that any thread may use: one call at a time.
private final class SharedExamples {
    let stream: ExampleStream
    /// What was handed out last.
    var batch: ExampleBatch?
    private let lock = NSLock()

    init(_ stream: ExampleStream) { self.stream = stream }

    func run<Result>(_ body: (SharedExamples) throws -> Result) rethrows -> Result {
        lock.lock()
        defer { lock.unlock() }
        return try body(self)
    }
}
