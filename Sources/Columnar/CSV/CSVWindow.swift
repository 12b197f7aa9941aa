import Foundation

/// The part of a file that is in memory: whole records, and the beginning of one that `slide` completes.
struct CSVWindow {
    /// The longest record that is read; a longer one is nearly always a quote that was never closed.
    static let maximumRecordBytes = 16 << 20

    private let stream: FileByteStream
    private let buffer: MutableBuffer
    /// Bytes that hold data, from the buffer's start.
    private(set) var count = 0
    /// Where the next record starts.
    var position = 0
    /// Whether the file has no bytes beyond `count`.
    private(set) var isAtEnd = false

    /// - Parameter byteCount: how much to hold at first; it grows with the longest record.
    init(stream: FileByteStream, byteCount: Int) throws(DataError) {
        self.stream = stream
        buffer = MutableBuffer(uninitialized: byteCount)
        try slide()
        let isMarked = count >= 3 && bytes[0] == 0xef && bytes[1] == 0xbb && bytes[2] == 0xbf
        if isMarked { position = 3 }
    }

    /// Invariant: readable for `count` bytes and 64 more (see `MutableBuffer`); moves with `slide`.
    var bytes: UnsafePointer<UInt8> { UnsafePointer(buffer.base.assumingMemoryBound(to: UInt8.self)) }

    /// Drops what lies before `position` and reads on behind what remains.
    mutating func slide() throws(DataError) {
        memmove(buffer.base, buffer.base + position, count - position)
        count -= position
        position = 0
        if count == buffer.count { buffer.resize(to: min(count * 2, Self.maximumRecordBytes + 1 << 20)) }
        // A few bytes at least, whatever the stream hands out at a time, so that records are not rescanned for each.
        let wanted = min(count + 64 * 1024, buffer.count)
        while !isAtEnd, count < wanted {
            let read = try stream.read(
                into: UnsafeMutableRawBufferPointer(start: buffer.base + count, count: buffer.count - count))
            if read == 0 { isAtEnd = true }
            count += read
        }
    }

    /// The text of some bytes, with replacement characters where they are not UTF-8.
    func text(_ range: Range<Int>) -> String {
        String(decoding: UnsafeBufferPointer(start: bytes + range.lowerBound, count: range.count), as: UTF8.self)
    }
}
