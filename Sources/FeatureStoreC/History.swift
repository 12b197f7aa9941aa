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
