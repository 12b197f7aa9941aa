import Columnar

extension EncoderState {
    /// Encodes rows of columns, one a feature in order: slot after slot, `rows` float32 each.
    ///
    /// - Parameter label: the labels of the rows that the state was fitted on, whose target encodings are then learned
    ///   from the other folds; nil for other rows.
    func encode(
        _ columns: [Column], rows: Int, label: (String) throws(EncodingError) -> [Double]?
    ) throws -> Buffer {
        let whole = VectorEncoder(self).encode(columns, rows: rows, layout: .slots)
        guard features.contains(where: { $0.targetStep != nil }) else { return whole }
        let patched = MutableBuffer(capacity: whole.count)
        patched.append(contentsOf: whole.bytes)
        let floats = patched.elements(as: Float.self)
        var start = 0
        for (feature, column) in zip(features, columns) {
            defer { start += feature.slots.count }
            guard case .target(let name, let smoothing, let folds) = feature.targetStep, let labels = try label(name)
            else { continue }
            for fold in 0..<folds {
                let held = try feature.fittedWithout(fold, of: folds, column, labels, smoothing)
                let encoder = VectorEncoder([held])
                let encoded = encoder.encode([column], rows: rows, layout: .slots)
                let values = encoded.elements(as: Float.self)
                for row in 0..<rows where EncoderFitting.fold(of: row, of: folds) == fold {
                    for slot in 0..<encoder.width { floats[(start + slot) * rows + row] = values[slot * rows + row] }
                }
            }
        }
        return patched.freeze()
    }
}

extension FittedFeature {
    fileprivate var targetStep: EncodingStep? {
        steps.first {
            if case .target = $0 { return true }
            return false
        }
    }

    /// The same, with the target's means learned from the rows outside of one fold.
    fileprivate func fittedWithout(
        _ fold: Int, of folds: Int, _ column: Column, _ labels: [Double], _ smoothing: Double
    ) throws(EncodingError) -> FittedFeature {
        var held = self
        var values = EncodedValues(column, type, for: steps)
        for place in fitted.indices {
            if case .target = steps[place] {
                held.fitted[place] = try EncoderFitting.target(values, labels, smoothing, feature) {
                    EncoderFitting.fold(of: $0, of: folds) != fold
                }
                return held
            }
            values.apply(fitted[place])
        }
        return held
    }
}
