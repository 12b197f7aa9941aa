// The functions are named as in the header.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

import CArrowABI
import CFStore
import Columnar
import FeatureStore

@c @implementation
public func fs_store_ingest_files(
    _ store: OpaquePointer?, _ view: UnsafePointer<CChar>?,
    _ paths: UnsafePointer<UnsafePointer<CChar>?>?, _ count: Int64, _ quarantine: Bool,
    _ stop: UnsafePointer<Int32>?, _ json: StringPlace, _ error: StringPlace
) -> Int32 {
    call(stoppedBy: stop, error) {
        let view = try text(view, "view")
        var files: [String]?
        if let paths { files = try (0..<Int(max(0, count))).map { try text(paths[$0], "paths[\($0)]") } }
        try Handle.object(store, SharedStore.self).run { store in
            try give(store.ingest(view, files: files, onError: quarantine ? .quarantine : .stop), to: json)
        }
    }
}

@c @implementation
public func fs_store_ingest(
    _ store: OpaquePointer?, _ view: UnsafePointer<CChar>?, _ rows: UnsafeMutablePointer<ArrowArrayStream>?,
    _ origin: UnsafePointer<CChar>?, _ quarantine: Bool, _ stop: UnsafePointer<Int32>?, _ json: StringPlace,
    _ error: StringPlace
) -> Int32 {
    let rows = HandedOver(rows)
    return call(stoppedBy: stop, error) {
        let (table, origin) = try rows.take(origin: origin, called: "rows")
        let view = try text(view, "view")
        try Handle.object(store, SharedStore.self).run { store in
            let summary = try store.ingest(
                view, table: table, origin: origin, onError: quarantine ? .quarantine : .stop)
            try give(summary, to: json)
        }
    }
}

@c @implementation
public func fs_store_push(
    _ store: OpaquePointer?, _ view: UnsafePointer<CChar>?, _ rows: UnsafeMutablePointer<ArrowArrayStream>?,
    _ origin: UnsafePointer<CChar>?, _ batchID: UnsafePointer<CChar>?, _ stop: UnsafePointer<Int32>?,
    _ json: StringPlace, _ error: StringPlace
) -> Int32 {
    let rows = HandedOver(rows)
    return call(stoppedBy: stop, error) {
        let (table, origin) = try rows.take(origin: origin, called: "rows")
        let (view, batchID) = (try text(view, "view"), try optionalText(batchID, "batch_id"))
        try Handle.object(store, SharedStore.self).run { store in
            try give(store.push(view, table: table, origin: origin, batchID: batchID), to: json)
        }
    }
}

@c @implementation
public func fs_store_push_stream(
    _ store: OpaquePointer?, _ view: UnsafePointer<CChar>?, _ rows: UnsafeMutablePointer<ArrowArrayStream>?,
    _ origin: UnsafePointer<CChar>?, _ stream: UnsafePointer<CChar>?, _ positionColumn: UnsafePointer<CChar>?,
    _ partitionColumn: UnsafePointer<CChar>?, _ stop: UnsafePointer<Int32>?, _ json: StringPlace, _ error: StringPlace
) -> Int32 {
    let rows = HandedOver(rows)
    return call(stoppedBy: stop, error) {
        let (table, origin) = try rows.take(origin: origin, called: "rows")
        let view = try text(view, "view")
        let columns = StreamColumns(
            try text(stream, "stream"), position: try text(positionColumn, "position_column"),
            partition: try optionalText(partitionColumn, "partition_column"))
        try Handle.object(store, SharedStore.self).run { store in
            try give(store.push(view, table: table, origin: origin, stream: columns), to: json)
        }
    }
}

@c @implementation
public func fs_store_streams(
    _ store: OpaquePointer?, _ view: UnsafePointer<CChar>?, _ stream: UnsafePointer<CChar>?, _ json: StringPlace,
    _ error: StringPlace
) -> Int32 {
    call(error) {
        let (view, stream) = (try optionalText(view, "view"), try optionalText(stream, "stream"))
        try Handle.object(store, SharedStore.self).run { store in
            try give(["streams": store.streams(of: view, named: stream)], to: json)
        }
    }
}

@c @implementation
public func fs_store_reset_stream(
    _ store: OpaquePointer?, _ view: UnsafePointer<CChar>?, _ stream: UnsafePointer<CChar>?,
    _ partition: UnsafePointer<CChar>?, _ position: Int64, _ json: StringPlace, _ error: StringPlace
) -> Int32 {
    call(error) {
        let (view, stream) = (try text(view, "view"), try text(stream, "stream"))
        let partition = try optionalText(partition, "partition")
        try Handle.object(store, SharedStore.self).run { store in
            let count = try store.resetStream(
                stream, of: view, partition: partition, to: position == .min ? nil : position)
            try give(["partitions": count], to: json)
        }
    }
}

@c @implementation
public func fs_store_history(
    _ store: OpaquePointer?, _ view: UnsafePointer<CChar>?, _ key: UnsafeMutablePointer<ArrowArrayStream>?,
    _ features: UnsafePointer<CChar>?, _ from: Int64, _ to: Int64, _ time: Int64,
    _ table: UnsafeMutablePointer<OpaquePointer?>?, _ error: StringPlace
) -> Int32 {
    table?.pointee = nil
    let key = HandedOver(key)
    return call(error) {
        let (keys, origin) = try key.take(called: "key")
        let view = try text(view, "view")
        let names = try optionalText(features, "features").map { $0.split(separator: ",").map(String.init) }
        let history = try Handle.object(store, SharedStore.self).run { store in
            try store.history(
                of: view, key: try store.key(of: view, in: keys, origin: origin), features: names,
                from: from == .min ? nil : Timestamp(microseconds: from),
                to: to == .max ? nil : Timestamp(microseconds: to), at: timestamp(time))
        }
        table?.pointee = Handle.make(SharedTable(try history.table))
    }
}
