import Columnar
import Foundation

/// Rows of a block of history, and the places among a batch's events that they go to.
struct EventSource {
    /// Neighbouring rows that go to neighbouring places.
    struct Run {
        var row: Int32
        var count: Int32
        var target: Int32
    }

    let part: Int
    let block: Int
    /// Their rows ascend.
    private(set) var runs: [Run] = []

    init(part: Int, block: Int) {
        self.part = part
        self.block = block
    }

    mutating func add(_ rows: Range<Int>, at target: Int) {
        runs.append(
            Run(
                row: Int32(truncatingIfNeeded: rows.lowerBound), count: Int32(truncatingIfNeeded: rows.count),
                target: Int32(truncatingIfNeeded: target)))
    }

    /// Copies a column of times, Int64, to the runs' places.
    func copyTimes(_ column: Column?, to target: MutableBuffer) {
        let target = target.elements(as: Int64.self)
        guard let column else {
            for run in runs { for i in 0..<Int(run.count) { target[Int(run.target) + i] = .min } }
            return
        }
        withExtendedLifetime(column) {
            let source = column.elements(as: Int64.self)
            for run in runs {
                let (row, place) = (Int(run.row), Int(run.target))
                for i in 0..<Int(run.count) { target[place + i] = source[row + i] }
            }
        }
    }

    /// The single rows and their places.
    ///
    /// - Parameter order: where each place's event stands in the end; nil where that is its place.
    func rows(_ order: [Int32]?) -> (rows: [Int32], targets: [Int32]) {
        var rows: [Int32] = []
        var targets: [Int32] = []
        for run in runs {
            for i in 0..<run.count {
                rows.append(run.row + i)
                targets.append(order?[Int(run.target + i)] ?? run.target + i)
            }
        }
        return (rows, targets)
    }
}

/// A column of events of fixed width, which takes runs of rows as they lie in blocks of history.
final class EventGather {
    private let type: DataType
    private let width: Int
    private let count: Int
    private let values: MutableBuffer
    /// Made with the first null.
    private var validity: MutableBuffer?
    private var filled = 0

    /// - Precondition: the type is of fixed width.
    init(_ type: DataType, width: Int, count: Int) {
        self.type = type
        self.width = width
        self.count = count
        values = MutableBuffer(uninitialized: count * width)
    }

    func gather(_ column: BlockColumn, _ source: EventSource) throws(DataError) {
        switch column {
        case .whole(let column):
            for run in source.runs {
                copy(column, Int(run.row)..<Int(run.row + run.count), to: Int(run.target))
            }
        case .pages(let pages):
            var open: (rows: Range<Int>, column: Column)?
            for run in source.runs {
                var (row, target) = (Int(run.row), Int(run.target))
                let end = row + Int(run.count)
                while row < end {
                    if open.map({ !$0.rows.contains(row) }) ?? true {
                        let page = pages.page(holding: row)
                        open = (pages.rows(of: page), try pages.read(page))
                    }
                    guard let open else { break }
                    let next = min(end, open.rows.upperBound)
                    copy(open.column, row - open.rows.lowerBound..<next - open.rows.lowerBound, to: target)
                    target += next - row
                    row = next
                }
            }
        }
    }

    private func copy(_ column: Column, _ rows: Range<Int>, to target: Int) {
        precondition(column.type == type && rows.upperBound <= column.count)
        withExtendedLifetime(column) {
            _ = memcpy(
                values.base + target * width, column.values.base + rows.lowerBound * width, rows.count * width)
        }
        filled += rows.count
        guard let nulls = column.validity else { return }
        for row in rows where !nulls[row] { setNull(target + row - rows.lowerBound) }
    }

    private func setNull(_ place: Int) {
        if validity == nil {
            let made = MutableBuffer(uninitialized: (count + 7) / 8)
            memset(made.base, 0xff, made.count)
            validity = made
        }
        validity?.elements(as: UInt8.self)[place >> 3] &= ~(1 << UInt8(place & 7))
    }

    /// All events of a source have no value.
    func gatherNulls(_ source: EventSource) {
        for run in source.runs {
            for place in Int(run.target)..<Int(run.target + run.count) {
                setNull(place)
                // Whatever is behind a null is read.
                memset(values.base + place * width, 0, width)
            }
            filled += Int(run.count)
        }
    }

    func finish() -> Column {
        precondition(filled == count)
        return Column(
            type, count: count, values: values.freeze(),
            validity: validity.map { Bitmap(buffer: $0.freeze(), count: count) })
    }
}
