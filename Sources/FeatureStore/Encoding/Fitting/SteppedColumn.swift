import Columnar

/// A feature's column after some of its steps, which can be gone through as often as is needed.
struct SteppedColumn {
    private let rows: FittingRows
    private let column: Int
    private let type: FeatureType
    private let encoder: VectorEncoder
    /// Whether no step was taken yet.
    private let isRaw: Bool

    /// - Parameter fitted: the steps that are taken, whose indicators say nothing here.
    init(rows: FittingRows, column: Int, after fitted: FittedFeature) {
        self.rows = rows
        self.column = column
        type = fitted.type
        isRaw = fitted.fitted.isEmpty
        var silent = fitted
        silent.fitted = fitted.fitted.map { step in
            switch step {
            case .imputeNumber(let number, _): .imputeNumber(number, hasIndicator: false)
            case .imputeCategory(let category, _): .imputeCategory(category, hasIndicator: false)
            default: step
            }
        }
        encoder = VectorEncoder([silent], isComplete: false)
    }

    /// What can be learned of the numbers in one pass; nil if there is none that is finite.
    func numbers() throws -> LearnedNumbers? {
        if isRaw, type == .float32 {
            var tally = NumberTally<SingleHistogram>()
            try rows.forEachBlock(of: column, as: .float32) { block in
                let valid = ValidValues<Float>(block)
                tally.add(missing: block.count - valid.elements.count)
                withExtendedLifetime(valid) { tally.add(valid.elements) }
            }
            return tally.finish()
        }
        var tally = NumberTally<DoubleHistogram>()
        try forEachNumbers { tally.add($0) }
        return tally.finish()
    }

    /// Hands over the numbers block by block; NaN is missing.
    func forEachNumbers(_ body: (UnsafeBufferPointer<Double>) throws -> Void) throws {
        try rows.forEachBlock(of: column, as: type.dataType) { block in
            let cells = ColumnCells(block, type)
            try withUnsafeTemporaryAllocation(of: Double.self, capacity: VectorEncoder.blockRows) { numbers in
                guard let base = numbers.baseAddress else { return }
                try withExtendedLifetime(block) {
                    for start in stride(from: 0, to: block.count, by: VectorEncoder.blockRows) {
                        let end = min(start + VectorEncoder.blockRows, block.count)
                        encoder.followNumbers(cells, start..<end, into: base)
                        try body(UnsafeBufferPointer(start: base, count: end - start))
                    }
                }
            }
        }
    }

    /// Hands over the categories row by row; nil where one is missing.
    func forEachCategory(_ body: (CategoryKey?) throws -> Void) throws {
        try rows.forEachBlock(of: column, as: type.dataType) { block in
            let cells = ColumnCells(block, type)
            try withExtendedLifetime(block) {
                for row in 0..<block.count { try body(encoder.followCategory(cells.cell(row))) }
            }
        }
    }
}
