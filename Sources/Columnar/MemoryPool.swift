import Foundation
import Synchronization

/// Blocks of memory that were given back, for the next who asks: columns are made and dropped by the thousand, and the
/// system clears memory each time it hands it out, which would cost as much as filling it.
enum MemoryPool {
    /// Blocks of other sizes are taken from the system and given back to it.
    private static let keptSizes = 64 << 10...16 << 20
    /// Bytes that are kept at most.
    private static let limit = 64 << 20
    private static let hugePage = 2 << 20

    private struct Kept: @unchecked Sendable {
        var blocks: [Int: [UnsafeMutableRawPointer]] = [:]
        var bytes = 0
    }

    private static let kept = Mutex(Kept())

    /// The size of a block that has room for `byteCount` bytes. Sizes are few, so that blocks find their like.
    static func size(for byteCount: Int) -> Int {
        guard byteCount >= keptSizes.lowerBound else { return (byteCount + 63) & ~63 }
        // Eight sizes from a power of two to the next.
        let step = 1 << (Int.bitWidth - byteCount.leadingZeroBitCount - 4)
        return (byteCount + step - 1) & ~(step - 1)
    }

    /// A block of unspecified content, aligned to 64 bytes.
    ///
    /// - Parameter size: of `size(for:)`.
    static func take(_ size: Int) -> UnsafeMutableRawPointer {
        if keptSizes.contains(size) {
            let block = kept.withLock { kept -> UncheckedBlock? in
                guard let block = kept.blocks[size]?.popLast() else { return nil }
                kept.bytes -= size
                return UncheckedBlock(base: block)
            }
            if let block { return block.base }
        }
        var pointer: UnsafeMutableRawPointer?
        let status = posix_memalign(&pointer, size < hugePage ? 64 : hugePage, size)
        guard status == 0, let pointer else { fatalError("out of memory: \(size) bytes were asked for") }
        // Large columns are filled once from front to back, where a fault every 4 KiB costs more than the filling.
        if size >= hugePage { madvise(pointer, size & ~(hugePage - 1), Int32(MADV_HUGEPAGE)) }
        return pointer
    }

    static func giveBack(_ base: UnsafeMutableRawPointer, size: Int) {
        if keptSizes.contains(size) {
            let block = UncheckedBlock(base: base)
            let isKept = kept.withLock { kept in
                guard kept.bytes + size <= limit else { return false }
                kept.blocks[size, default: []].append(block.base)
                kept.bytes += size
                return true
            }
            if isKept { return }
        }
        free(base)
    }

    private struct UncheckedBlock: @unchecked Sendable { let base: UnsafeMutableRawPointer }
}
