/// Target encoding: means of a label by category, smoothed, and out of fold for the rows they were learned from
/// (Micci-Barreca 2001; folds as in scikit-learn's TargetEncoder).
extension EncoderFitting {
    /// Which of `folds` a row belongs to: by its number, mixed (SplitMix64's finalizer), so that order does not matter.
    static func fold(of row: Int, of folds: Int) -> Int {
        var z = UInt64(row) &+ 0x9e37_79b9_7f4a_7c15
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return Int((z ^ (z >> 31)) % UInt64(folds))
    }

    func target(
        _ values: EncodedValues, _ labels: [Double], _ smoothing: Double, _ feature: FeatureReference
    ) throws(EncodingError) -> FittedStep {
        try Self.target(values, labels, smoothing, feature) { _ in true }
    }

    /// - Parameter isUsed: whether a row counts.
    static func target(
        _ values: EncodedValues, _ labels: [Double], _ smoothing: Double, _ feature: FeatureReference,
        isUsed: (Int) -> Bool
    ) throws(EncodingError) -> FittedStep {
        var sums = [Double](repeating: 0, count: values.categories.count)
        var counts = sums
        var (sum, count, missingSum, missingCount) = (0.0, 0.0, 0.0, 0.0)
        for row in 0..<values.count where isUsed(row) && labels[row].isFinite {
            sum += labels[row]
            count += 1
            let code = values.code(of: row)
            if code < 0 {
                missingSum += labels[row]
                missingCount += 1
            } else {
                sums[code] += labels[row]
                counts[code] += 1
            }
        }
        guard count > 0 else {
            throw EncodingError("no row has a label, so the target encoding of \(feature) cannot be fitted")
        }
        let mean = sum / count
        func smoothed(_ sum: Double, _ count: Double) -> Double {
            count + smoothing == 0 ? mean : (sum + smoothing * mean) / (count + smoothing)
        }
        let order = values.categories.indices.filter { counts[$0] > 0 }.sorted {
            values.categories[$0] < values.categories[$1]
        }
        return .numbers(
            order.map { values.categories[$0] }, values: order.map { smoothed(sums[$0], counts[$0]) }, unknown: mean,
            missing: smoothed(missingSum, missingCount))
    }
}
