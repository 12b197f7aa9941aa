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
