import CZstd
import Synchronization

/// Zstandard frames (RFC 8878).
enum Zstandard {
    static func decompress(_ compressed: UnsafeRawBufferPointer, into target: MutableBuffer) throws(Codec.Failure) {
        let context = decompressors.take() ?? Context(ZSTD_createDCtx())
        let length = ZSTD_decompressDCtx(
            context.pointer, target.base, target.count, compressed.baseAddress, compressed.count)
        decompressors.give(context)
        guard ZSTD_isError(length) == 0, length == target.count else {
            throw Codec.Failure(reason: "its Zstandard data is damaged")
        }
    }

    static func compress(_ bytes: UnsafeRawBufferPointer, level: Int32, to target: MutableBuffer) {
        let start = target.count
        let bound = ZSTD_compressBound(bytes.count)
        target.resize(to: start + bound)
        let context = compressors.take() ?? Context(ZSTD_createCCtx())
        let length = ZSTD_compressCCtx(
            context.pointer, target.base + start, bound, bytes.baseAddress, bytes.count, level)
        compressors.give(context)
        precondition(ZSTD_isError(length) == 0, "the output has room for the longest result")
        target.resize(to: start + length)
    }

    // A context's tables cost more than a small page, so they are kept: as many as there were threads at once.
    private static let compressors = Pool()
    private static let decompressors = Pool()

    /// Memory that one call at a time works in; it lives as long as the process.
    private struct Context: @unchecked Sendable {
        let pointer: OpaquePointer

        init(_ created: OpaquePointer?) {
            guard let created else { fatalError("out of memory: Zstandard cannot start") }
            pointer = created
        }
    }

    private final class Pool: Sendable {
        private let idle = Mutex<[Context]>([])

        func take() -> Context? { idle.withLock { $0.popLast() } }
        func give(_ context: Context) { idle.withLock { $0.append(context) } }
    }
}
