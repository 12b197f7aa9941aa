import Columnar
import Foundation

extension EncoderState {
    /// Encodes rows of columns, one a feature in order: slot after slot, `rows` float32 each.
    ///
    /// - Parameters:
    ///   - candidates: which of the rows may be those that the state was fitted on, ascending; nil stands for all rows.
    ///   - label: a column of labels, which takes each row's own label out of its target encoding, if the rows are those.
    /// - Throws: `EncodingError` if they are, and there is no label.
    func encode(
        _ columns: [Column], rows: Int, candidates: [[Int32]?], label: (String) throws -> Column?
    ) throws -> Buffer {
        let target = MutableBuffer(uninitialized: rows * width * 4)
        let floats = target.elements(as: Float.self)
        VectorEncoder(self).encode(columns, rows: rows, layout: .slots, into: floats)
        var slot = 0
        for (feature, column) in zip(features, columns) {
            let slots = slot..<slot + feature.width
            slot = slots.upperBound
            guard let learned = feature.learned else { continue }
            for selected in candidates where learned.rows == selected?.count ?? rows {
                let own = OwnRows(feature: feature, learned: learned, column: column, selected: selected)
                if try own.encode(rows: rows, slots: slots, label: label, into: floats) { break }
            }
        }
        return target.freeze()
    }
}

/// Rows that a target encoding was perhaps learned from, encoded by what was learned from other folds than their own, as
/// scikit-learn's `TargetEncoder.fit_transform` does.
private struct OwnRows {
    let feature: FittedFeature
    let learned: LearnedRows
    let column: Column
    let selected: [Int32]?

    /// False if they are others.
    func encode(
        rows: Int, slots: Range<Int>, label: (String) throws -> Column?,
        into floats: UnsafeMutableBufferPointer<Float>
    ) throws -> Bool {
        let labelColumn = try label(learned.label)
        let field = Field("label", labelColumn?.type ?? .float64)
        let labels = try labelColumn.map {
            try FittingRows(Table(fields: [field], columns: [$0]), origin: "the rows", selected: selected).labels(0)
        }
        let hashes = try tally(labels) { _ in false }.hashes()
        guard hashes.values == learned.valuesHash else { return false }
        guard let labels else {
            throw EncodingError(
                "these are the rows that \(feature.feature) was fitted on, and without their label '\(learned.label)' each "
                    + "would be encoded by its own label; keep that column, or say that they are new rows")
        }
        guard hashes.labels == learned.labelsHash else { return false }
        for fold in 0..<learned.folds {
            let own = (0..<learned.rows).filter { TargetTally.fold(of: $0, of: learned.folds) == fold }
            let others = try tally(labels) { TargetTally.fold(of: $0, of: learned.folds) != fold }
            guard !own.isEmpty, let step = others.finish(smoothing: learned.smoothing) else { continue }
            var held = feature
            for place in held.steps.indices {
                if case .target = held.steps[place] { held.fitted[place] = step }
            }
            let places = own.map { selected?[$0] ?? Int32($0) }
            let encoded = VectorEncoder([held]).encode(
                [column.taking(rows: places)], rows: places.count, layout: .slots)
            let values = encoded.elements(as: Float.self)
            for slot in 0..<slots.count {
                for (i, row) in places.enumerated() {
                    floats[(slots.lowerBound + slot) * rows + Int(row)] = values[slot * places.count + i]
                }
            }
            withExtendedLifetime(encoded) {}
        }
        return true
    }

    /// Sums the labels of the rows that `isUsed`.
    private func tally(_ labels: [Double]?, isUsed: (Int) -> Bool) throws -> TargetTally {
        let field = Field("value", column.type)
        let rows = FittingRows(Table(fields: [field], columns: [column]), origin: "the rows", selected: selected)
        var before = feature
        before.fitted = Array(
            zip(feature.steps, feature.fitted).prefix { step, _ in
                if case .target = step { false } else { true }
            }.map(\.1))
        let values = SteppedColumn(rows: rows, column: 0, after: before)
        var tally = TargetTally(feature.type)
        var row = 0
        try values.forEachCategory { key in
            tally.add(key, label: labels?[row] ?? .nan, isUsed: isUsed(row))
            row += 1
        }
        return tally
    }
}
