import Columnar
import Foundation

/// Collects booleans.
final class BooleanCollector: FeatureCollector {
    private var trues: Int64 = 0

    func add(_ column: Column) {
        let bits = column.bits
        for row in stride(from: 0, to: column.count, by: 64) {
            var word = bits.word(at: row)
            if let validity = column.validity { word &= validity.word(at: row) }
            if column.count - row < 64 { word &= 1 << UInt64(column.count - row) - 1 }
            trues += Int64(word.nonzeroBitCount)
        }
    }

    func finish() -> FeatureSummary.Values { .booleans(trues: trues) }
}

/// Collects times.
final class TimeCollector: FeatureCollector {
    private var summary = TimeSummary()
    private let cells = FrequencyCells()
    private var frequent = HeavyHitters<UInt64>()

    func add(_ column: Column) {
        DenseValues<Int64>(column).withElements { values in
            guard var least = values.first else { return }
            var greatest = least
            for value in values {
                least = min(least, value)
                greatest = max(greatest, value)
            }
            summary.ends.include(least, greatest)
            summary.quantiles.add(values, within: least...greatest)
            let batch = cells.count(
                values.count, hash: { StableHash.word(UInt64(bitPattern: values[$0])) }, isSame: { _, _ in true })
            frequent.add(
                batch.counted.map { (item: UInt64(bitPattern: values[$0.row]), count: $0.count) },
                others: batch.others, limit: batch.limit)
        }
    }

    func finish() -> FeatureSummary.Values {
        summary.frequencies = ValueFrequencies(frequent: frequent, estimated: cells.seen)
        return .times(summary)
    }
}

/// Collects strings and bytes.
final class TextCollector: FeatureCollector {
    private var summary = TextSummary()
    private let cells = FrequencyCells()
    private var frequent = HeavyHitters<TextItem>()

    func add(_ column: Column) {
        var rows: [Int32] = []
        rows.reserveCapacity(column.count)
        for row in 0..<column.count where !column.isNull(row) { rows.append(Int32(row)) }
        guard !rows.isEmpty else { return }
        withExtendedLifetime(column) {
            let offsets = column.offsetElements
            let base = column.values.base
            addLengths(column, rows)
            let hashes = rows.map { row in
                StableHash.bytes(bytes(base, offsets, row))
            }
            let batch = cells.count(
                rows.count, hash: { hashes[$0] },
                isSame: { a, b in
                    let (left, right) = (bytes(base, offsets, rows[a]), bytes(base, offsets, rows[b]))
                    guard left.count == right.count else { return false }
                    guard let one = left.baseAddress, let other = right.baseAddress else { return true }
                    return memcmp(one, other, left.count) == 0
                })
            frequent.add(
                batch.counted.map {
                    (item: TextItem(bytes(base, offsets, rows[$0.row]), hash: hashes[$0.row]), count: $0.count)
                }, others: batch.others, limit: batch.limit)
        }
    }

    @inline(__always)
    private func bytes(
        _ base: UnsafeRawPointer, _ offsets: UnsafeBufferPointer<Int64>, _ row: Int32
    ) -> UnsafeRawBufferPointer {
        let start = Int(offsets[Int(row)])
        return UnsafeRawBufferPointer(start: base + start, count: Int(offsets[Int(row) + 1]) - start)
    }

    private func addLengths(_ column: Column, _ rows: [Int32]) {
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

    func finish() -> FeatureSummary.Values {
        summary.frequencies = ValueFrequencies(frequent: frequent, estimated: cells.seen)
        return .texts(summary)
    }
}
