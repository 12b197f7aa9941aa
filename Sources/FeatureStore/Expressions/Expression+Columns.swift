import Columnar

extension Expression {
    /// Rows that are computed together: registers of so many rows lie in a core's cache.
    static let batchRows = 1024
    /// Rows that a core takes at once; whole words of bits, so that cores never write into one word.
    private static let taskRows = 64 * batchRows

    /// The expression's value for each row, on all cores.
    ///
    /// - Parameters:
    ///   - columns: the inputs' columns, in the order of `inputs`, each of a type that `ExpressionType` reads.
    ///   - result: the column's type, which this expression's type fits.
    /// - Returns: a column of `rowCount` rows; an integer that does not fit int32 is null.
    /// - Complexity: O(rows · steps).
    package func evaluate(over columns: [Column], rowCount: Int, as result: FeatureType) -> Column {
        precondition(columns.count == inputs.count && columns.allSatisfy { $0.count == rowCount })
        let sources = zip(columns, inputs).map { ExpressionSource($0, type: $1.type) }
        let output = ExpressionOutput(type: result, rowCount: rowCount)
        let starts = Array(stride(from: 0, to: rowCount, by: Self.taskRows))
        let parts = Parallel.map(starts) { start in
            let frame = ExpressionFrame(program, capacity: min(Self.batchRows, rowCount))
            var part = output.part()
            for batch in stride(from: start, to: min(start + Self.taskRows, rowCount), by: Self.batchRows) {
                let rows = batch..<min(batch + Self.batchRows, rowCount)
                frame.begin(count: rows.count)
                for (source, register) in zip(sources, program.inputs) { source.load(rows, into: register, of: frame) }
                frame.run()
                output.store(rows, of: frame, type: type, into: &part)
            }
            return part.finish()
        }
        return output.column(joining: parts)
    }
}
