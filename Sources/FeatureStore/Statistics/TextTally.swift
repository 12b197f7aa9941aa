import Columnar
import Foundation

/// Collects strings and bytes.
struct TextTally: Tally {
    private var summary = TextSummary()
    private let cells = FrequencyCells()

    init(_: FeatureType) {}

    mutating func add(_ column: Column) -> FrequencyBatch<TextItem> {
        var rows: [Int32] = []
        rows.reserveCapacity(column.count)
        for row in 0..<column.count where !column.isNull(row) { rows.append(Int32(row)) }
        guard !rows.isEmpty else { return FrequencyBatch() }
        return withExtendedLifetime(column) {
            let offsets = column.offsetElements
            let base = column.values.base
            addLengths(column, rows)
            let hashes = rows.map { row in
                StableHash.bytes(bytes(base, offsets, row))
            }
            for hash in hashes { cells.note(hash) }
            return cells.finishBlock(
                rows.count, hash: { hashes[$0] },
                isSame: { a, b in
                    let (left, right) = (bytes(base, offsets, rows[a]), bytes(base, offsets, rows[b]))
                    guard left.count == right.count else { return false }
                    guard let one = left.baseAddress, let other = right.baseAddress else { return true }
                    return memcmp(one, other, left.count) == 0
                },
                item: { TextItem(bytes(base, offsets, rows[$0]), hash: hashes[$0]) })
        }
    }

    @inline(__always)
    private func bytes(
        _ base: UnsafeRawPointer, _ offsets: UnsafeBufferPointer<Int64>, _ row: Int32
    ) -> UnsafeRawBufferPointer {
        let start = Int(offsets[Int(row)])
        return UnsafeRawBufferPointer(start: base + start, count: Int(offsets[Int(row) + 1]) - start)
    }

    private mutating func addLengths(_ column: Column, _ rows: [Int32]) {
        let offsets = column.offsetElements
        let all = UnsafeRawBufferPointer(
            rebasing: column.values.bytes[Int(offsets[0])..<Int(offsets[column.count])])
        // In ASCII a byte is a character, and then no byte needs to be looked at again.
        var bits: UInt8 = 0
        for byte in all { bits |= byte }
        let countsBytes = column.type == .binary || bits < 0x80
        var (least, greatest, total, empty) = (Int.max, 0, 0, 0)
        for row in rows {
            let text = bytes(column.values.base, offsets, row)
            var length = text.count
            if !countsBytes { for byte in text { length &-= byte & 0xc0 == 0x80 ? 1 : 0 } }
            least = min(least, length)
            greatest = max(greatest, length)
            total += length
            empty += length == 0 ? 1 : 0
        }
        summary.count += Int64(rows.count)
        summary.empty += Int64(empty)
        summary.totalLength += Int64(total)
        summary.lengthEnds.include(Int64(least), Int64(greatest))
    }

    func finish() -> (summary: TextSummary, seen: HyperLogLog) { (summary, cells.seen) }
}
