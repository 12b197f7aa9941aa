import Foundation

/// How rows of one schema become parts of vectors: numbers as float32, booleans 0 or 1, nulls NaN.
///
/// Invariant: whoever writes has checked that the row is as long as its schema says, and that the vector has room.
final class FloatPlan: Sendable {
    nonisolated(unsafe) private let runs: UnsafeMutableBufferPointer<FloatRun>
    private let bitmapLength: Int

    /// - Parameters:
    ///   - slots: where the features lie in a row.
    ///   - targets: the first float of each in the vector.
    init(_ slots: [RowProjection.Slot], targets: [Int], bitmapLength: Int) {
        var made: [FloatRun] = []
        for (slot, target) in zip(slots, targets) {
            guard let run = FloatRun(slot, target: target) else { continue }
            if let last = made.last, last.isContinued(by: run) {
                made[made.count - 1].count += run.count
            } else {
                made.append(run)
            }
        }
        runs = .allocate(capacity: made.count)
        _ = runs.initialize(from: made)
        self.bitmapLength = bitmapLength
    }

    /// For where there is no row.
    convenience init(ofNothing selection: OnlineSelection) {
        let slots = selection.view.features.map { RowProjection.Slot(type: $0.type, offset: -1, bit: 0) }
        self.init(slots, targets: selection.floatPlaces ?? [], bitmapLength: 0)
    }

    deinit { runs.deallocate() }

    @inline(__always)
    func write(_ row: StoredRow, to vector: UnsafeMutablePointer<Float>) {
        guard let base = row.bytes.baseAddress else { return }
        if hasNulls(base) { return writeWithNulls(base, vector) }
        for run in runs { run.write(base, to: vector + Int(run.target)) }
    }

    func writeNaNs(to vector: UnsafeMutablePointer<Float>) {
        for run in runs { (vector + Int(run.target)).update(repeating: .nan, count: Int(run.count)) }
    }

    @inline(__always)
    private func hasNulls(_ base: UnsafeRawPointer) -> Bool {
        var bits: UInt8 = 0
        for byte in RowSchema.headerLength..<RowSchema.headerLength + bitmapLength {
            bits |= base.load(fromByteOffset: byte, as: UInt8.self)
        }
        return bits != 0
    }

    private func writeWithNulls(_ base: UnsafeRawPointer, _ vector: UnsafeMutablePointer<Float>) {
        func isNull(_ bit: Int) -> Bool {
            base.load(fromByteOffset: RowSchema.headerLength + bit >> 3, as: UInt8.self) >> UInt8(bit & 7) & 1 == 1
        }
        for run in runs {
            let target = vector + Int(run.target)
            if run.kind == .scalars {
                for i in 0..<Int(run.count) {
                    target[i] =
                        isNull(Int(run.bit) + i)
                        ? .nan : (base + Int(run.source) + 4 * i).loadUnaligned(as: Float.self)
                }
            } else if run.kind != .missing, isNull(Int(run.bit)) {
                target.update(repeating: .nan, count: Int(run.count))
            } else {
                run.write(base, to: target)
            }
        }
    }
}
