import Columnar

/// Fits the steps of one feature, one after the other, each on what the ones before made of the rows.
///
/// Rows are gone through once, and once more for each learned step that stands behind another one but an `impute`, and for
/// quantiles, which are exact. Memory is a block of the column and what is learned, however many rows there are.
struct FeatureFitting {
    let feature: FeatureReference
    let type: FeatureType
    let steps: [EncodingStep]
    let rows: FittingRows
    /// The feature's column among the rows'.
    let column: Int

    /// - Throws: `EncodingError` if nothing can be learned, such as the mean of no number; `DataError` if the rows cannot be
    ///   read, or do not fit the feature's type.
    func fit() throws -> FittedFeature {
        var fitted = FittedFeature(feature: feature, type: type, steps: steps, fitted: [])
        var domain = EncodingDomain(type)
        var place = 0
        while place < steps.count {
            if let step = Self.unlearned(steps[place], domain, type) {
                fitted.fitted.append(step)
                place += 1
            } else {
                let group = group(from: place)
                fitted.fitted += try learn(group, after: &fitted)
                place += group.count
            }
            domain = steps[..<place].reduce(EncodingDomain(type)) { $0.after($1) ?? $0 }
        }
        return fitted
    }

    /// A step that needs nothing of the rows.
    private static func unlearned(_ step: EncodingStep, _ domain: EncodingDomain, _ type: FeatureType) -> FittedStep? {
        switch step {
        case .pass: return .pass
        case .log1p: return .log1p
        case .normalize: return .normalize
        case .clip(let least, let greatest): return .clip(least: least, greatest: greatest)
        case .bucketize(let edges): return .bucketize(edges: edges)
        case .hashed(let buckets): return .hashed(buckets: buckets)
        case .cyclic(let cycles): return .cyclic(cycles)
        case .impute(.number(let number), let hasIndicator):
            if domain == .integer, let whole = Int64(exactly: number) {
                return .imputeCategory(.integer(whole), hasIndicator: hasIndicator)
            }
            return .imputeNumber(number, hasIndicator: hasIndicator)
        case .impute(.text(let text), let hasIndicator):
            return .imputeCategory(Category(Array(text.utf8), of: type), hasIndicator: hasIndicator)
        default: return nil
        }
    }

    /// The learned steps from `place` on that one pass serves: a step, or an `impute` and the step behind it, which sees so
    /// many more rows of the imputed value.
    private func group(from place: Int) -> [EncodingStep] {
        guard place + 1 < steps.count else { return [steps[place]] }
        switch (steps[place], steps[place + 1]) {
        case (.impute(.mean, _), .standardize), (.impute(.mean, _), .minMax), (.impute(.median, _), .standardize),
            (.impute(.median, _), .minMax), (.impute(.mostFrequent, _), .oneHot), (.impute(.mostFrequent, _), .ordinal),
            (.impute(.mostFrequent, _), .frequency):
            return [steps[place], steps[place + 1]]
        default: return [steps[place]]
        }
    }

    private func learn(_ group: [EncodingStep], after fitted: inout FittedFeature) throws -> [FittedStep] {
        let values = SteppedColumn(rows: rows, column: column, after: fitted)
        switch group[group.count - 1] {
        case .target(let label, let smoothing, let folds):
            return [try learnTarget(label, smoothing, folds, values, &fitted)]
        case .oneHot, .ordinal, .frequency, .impute(.mostFrequent, _): return try learnCategories(group, values)
        default: return try learnNumbers(group, values)
        }
    }

    // MARK: - Numbers

    private func learnNumbers(_ group: [EncodingStep], _ values: SteppedColumn) throws -> [FittedStep] {
        guard var learned = try values.numbers() else {
            throw EncodingError(
                "\(feature) has no number in \(rows.origin), so '\(group[0])' cannot be fitted; fit on other rows")
        }
        let quantiles = learned.quantiles
        func quantile(_ shares: [Double]) throws -> [Double] {
            try QuantileSearch(pass: values.forEachNumbers).quantiles(shares, of: quantiles)
        }
        return try group.map { step in
            switch step {
            case .standardize:
                let deviation = (learned.moments.populationVariance ?? 0).squareRoot()
                return .affine(shift: learned.moments.mean ?? 0, scale: deviation > 0 ? deviation : 1)
            case .minMax:
                let width = learned.greatest - learned.least
                guard width.isFinite else { throw tooFarApart(step) }
                return .affine(shift: learned.least, scale: width > 0 ? width : 1)
            case .robust:
                let found = try quantile([0.25, 0.5, 0.75])
                let width = found[2] - found[0]
                guard width.isFinite else { throw tooFarApart(step) }
                return .affine(shift: found[1], scale: width > 0 ? width : 1)
            case .quantileBucketize(let count):
                let edges = try quantile((1..<count).map { Double($0) / Double(count) })
                return .bucketize(edges: edges.reduce(into: []) { if $0.last != $1 { $0.append($1) } })
            case .impute(let imputation, let hasIndicator):
                let number = imputation == .median ? try quantile([0.5])[0] : learned.moments.mean ?? 0
                learned.fill(with: number)
                return .imputeNumber(number, hasIndicator: hasIndicator)
            default: preconditionFailure("\(step) is learned of no numbers")
            }
        }
    }

    private func tooFarApart(_ step: EncodingStep) -> EncodingError {
        EncodingError("the numbers of \(feature) lie too far apart for '\(step)'; clip them first")
    }

    // MARK: - Categories

    private func learnCategories(_ group: [EncodingStep], _ values: SteppedColumn) throws -> [FittedStep] {
        var wanted = 1
        if case .oneHot(let maximum)? = group.last { wanted = maximum }
        var tally = CategoryTally(type, wanted: wanted)
        try values.forEachCategory { key in
            if let key { tally.add(key) } else { tally.addMissing() }
        }
        return try group.map { step in
            switch step {
            case .impute(_, let hasIndicator):
                guard let category = tally.top(1).first else {
                    throw EncodingError(
                        "\(feature) is missing in all of \(rows.origin), so none is most frequent; fit on other rows, or "
                            + "impute a value")
                }
                tally.fill(with: category)
                return .imputeCategory(category, hasIndicator: hasIndicator)
            case .oneHot(let maximum): return .oneHot(tally.top(maximum))
            case .ordinal: return .ordinal(try all(&tally, step).map(\.category))
            default:
                let all = try all(&tally, step)
                let total = Double(max(1, tally.total))
                return .numbers(
                    all.map(\.category), values: all.map { Double($0.count) / total }, unknown: 0,
                    missing: Double(tally.missing) / total)
            }
        }
    }

    private func all(
        _ tally: inout CategoryTally, _ step: EncodingStep
    ) throws(EncodingError) -> [(category: Category, count: Int64)] {
        guard let all = tally.all() else { throw tooMany(step) }
        return all
    }

    private func tooMany(_ step: EncodingStep) -> EncodingError {
        EncodingError(
            "\(feature) has more than \(CategoryTally.limit) different values, too many for '\(step.name)': take hashed, or "
                + "one_hot of the most frequent")
    }

    // MARK: - Targets

    private func learnTarget(
        _ label: String, _ smoothing: Double, _ folds: Int, _ values: SteppedColumn, _ fitted: inout FittedFeature
    ) throws -> FittedStep {
        guard let labels = rows.index(of: [label]) else {
            throw EncodingError(
                "\(rows.origin) has no column '\(label)', the label of a target encoding of \(feature); give rows that have it"
            )
        }
        let numbers = try rows.labels(labels)
        var tally = TargetTally(type)
        var row = 0
        try values.forEachCategory { key in
            tally.add(key, label: numbers[row])
            row += 1
            if tally.categoryCount > CategoryTally.limit {
                throw tooMany(.target(label: label, smoothing: 0, folds: 2))
            }
        }
        guard let step = tally.finish(smoothing: smoothing) else {
            throw EncodingError(
                "no row of \(rows.origin) has a label '\(label)', so the target encoding of \(feature) cannot be fitted"
            )
        }
        let hashes = tally.hashes()
        fitted.learned = LearnedRows(
            label: label, smoothing: smoothing, folds: folds, rows: tally.rows, valuesHash: hashes.values,
            labelsHash: hashes.labels)
        return step
    }
}

extension FittingRows {
    /// A column of labels as numbers, NaN where there is none.
    func labels(_ column: Int) throws -> [Double] {
        var labels: [Double] = []
        labels.reserveCapacity(count)
        try forEachBlock(of: column, as: .float64) { block in
            let numbers = block.elements(as: Double.self)
            for row in 0..<block.count { labels.append(block.isNull(row) ? .nan : numbers[row]) }
        }
        return labels
    }
}
