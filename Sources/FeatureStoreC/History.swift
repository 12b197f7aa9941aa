// The functions are named as in the header.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

import CArrowABI
import CFStore
import Columnar
import FeatureStore

@c @implementation
public func fs_store_ingest_files(
    _ store: OpaquePointer?, _ view: UnsafePointer<CChar>?,
    _ paths: UnsafePointer<UnsafePointer<CChar>?>?, _ count: Int64, _ quarantine: Bool, _ json: StringPlace,
    _ error: StringPlace
) -> Int32 {
    call(error) {
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
    _ origin: UnsafePointer<CChar>?,
    _ quarantine: Bool, _ json: StringPlace, _ error: StringPlace
) -> Int32 {
    call(error) {
        let (table, origin) = try take(rows, origin: origin, called: "rows")
        let view = try text(view, "view")
        try Handle.object(store, SharedStore.self).run { store in
            let summary = try store.ingest(
                view, table: table, origin: origin, onError: quarantine ? .quarantine : .stop)
            try give(summary, to: json)
        }
    }
}

/// Takes all rows of the stream in argument `name`, which it releases in any case.
///
/// - Throws: `DataError` under the name `origin`, which is `name` if it is left out.
func take(
    _ stream: UnsafeMutablePointer<ArrowArrayStream>?, origin: UnsafePointer<CChar>? = nil, called name: String
) throws -> (table: Table, origin: String) {
    guard let stream else { throw CallError("\(name) is NULL; give a stream") }
    let origin = Result { try optionalText(origin, "origin") ?? name }
    do {
        let table = try ArrowImport.table(from: stream)
        return (table, try origin.get())
    } catch let error as DataError {
        throw error.inFile(try origin.get())
    }
}
