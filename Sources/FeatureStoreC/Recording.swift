// The functions are named as in the header.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

import CFStore
import Columnar
import FeatureStore

@c @implementation
public func fs_recorder_open(
    _ store: OpaquePointer?, _ service: UnsafePointer<CChar>?, _ fullNames: Bool,
    _ recorder: UnsafeMutablePointer<OpaquePointer?>?, _ error: StringPlace
) -> Int32 {
    recorder?.pointee = nil
    return call(error) {
        guard let recorder else { throw CallError("recorder is NULL; give a place for the handle") }
        let service = try text(service, "service")
        recorder.pointee = Handle.make(
            try Handle.object(store, SharedStore.self).run { store in
                let reader = try store.recordingReader(for: service, fullNames: fullNames)
                guard reader.reader.service.requestFields.isEmpty else {
                    throw CallError("reads with request fields are remembered by HTTP and Swift only")
                }
                return reader
            })
    }
}

@c @implementation
public func fs_recorder_close(_ recorder: OpaquePointer?) { Handle.release(recorder, RecordingReader.self) }

@c @implementation
public func fs_recorder_flush(_ recorder: OpaquePointer?, _ error: StringPlace) -> Int32 {
    call(error) { try Handle.object(recorder, RecordingReader.self).flush() }
}

@c @implementation
public func fs_recorder_vectors(
    _ recorder: OpaquePointer?, _ read: UnsafeMutablePointer<fs_read>?, _ ids: UnsafePointer<CChar>?, _ idBytes: Int64
) -> Int32 {
    guard let read else { return Int32(FS_ERROR) }
    return call(&read.pointee.error) {
        let recorder = try Handle.object(recorder, RecordingReader.self)
        let reader = recorder.reader
        let keys = try PlainKeys(read.pointee, of: reader)
        let (floats, isTooMuch) = keys.count.multipliedReportingOverflow(by: try reader.vectorWidth())
        guard !isTooMuch, try isRoom(for: floats.multipliedReportingOverflow(by: 4), in: read) else {
            throw CallError(
                "there is room for \(read.pointee.capacity) bytes, but \(keys.count) rows of \(try reader.vectorWidth()) "
                    + "floats need more")
        }
        let vectors = read.pointee.answer.map { $0.assumingMemoryBound(to: Float.self) }
        try recorder.readVectors(
            try reader.columns(of: keys), at: timestamp(read.pointee.time), requestIDs: try requestIDs(ids, idBytes),
            into: UnsafeMutableBufferPointer(start: vectors, count: floats))
    }
}

@c @implementation
public func fs_recorder_rows(
    _ recorder: OpaquePointer?, _ read: UnsafeMutablePointer<fs_read>?, _ ids: UnsafePointer<CChar>?, _ idBytes: Int64
) -> Int32 {
    guard let read else { return Int32(FS_ERROR) }
    var isWhole = true
    let status = call(&read.pointee.error) {
        let recorder = try Handle.object(recorder, RecordingReader.self)
        let reader = recorder.reader
        let keys = try PlainKeys(read.pointee, of: reader)
        let layout = RecordLayout(of: reader)
        guard try isRoom(for: keys.count.multipliedReportingOverflow(by: layout.rowBytes), in: read) else {
            isWhole = false
            return
        }
        let answer = UnsafeMutableRawBufferPointer(start: read.pointee.answer, count: Int(read.pointee.capacity))
        // What does not fit is read again, and remembered then.
        let needed = try recorder.withRows(
            try reader.columns(of: keys), at: timestamp(read.pointee.time), try requestIDs(ids, idBytes),
            remembersIf: { $0 <= answer.count }, { rows in try layout.write(rows, to: answer) })
        read.pointee.needed = Int64(needed)
        isWhole = needed <= answer.count
    }
    return status == Int32(FS_OK) && !isWhole ? Int32(FS_MORE_ROOM) : status
}

/// Ids, each ended by a zero byte: one for all rows, or one a row.
private func requestIDs(_ ids: UnsafePointer<CChar>?, _ bytes: Int64) throws -> RequestIDs {
    guard let ids, bytes > 0 else { throw CallError("request_ids is NULL; give one, or one a row") }
    let texts = UnsafeRawBufferPointer(start: ids, count: Int(bytes)).split(
        separator: 0, omittingEmptySubsequences: false)
    guard texts.last?.isEmpty ?? false else { throw CallError("the last request id does not end with a zero") }
    let names = try texts.dropLast().map { bytes in
        guard let text = String(validating: bytes, as: UTF8.self) else { throw CallError("a request id is not UTF-8") }
        return text
    }
    return names.count == 1 ? .one(names[0]) : .each(names)
}
