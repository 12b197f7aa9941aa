import Columnar

/// The values of an expression for the rows of a table.
public struct ExpressionValues: Sendable {
    /// One column, `value`, in the order of the rows; durations are microseconds.
    public let table: Table

    /// Computes `text` for each row of `table`, whose columns are its names.
    ///
    /// - Throws: `StoreError.badRequest` with the place of a mistake.
    public init(_ text: String, over table: Table) throws(StoreError) {
        let expression: Expression
        do throws(ExpressionError) {
            expression = try Expression(text, names: ExpressionNames(columnsOf: table.fields))
        } catch {
            throw .badRequest("the expression '\(text.shortened)', \(error)")
        }
        let column = expression.evaluate(over: table)
        self.table = Table(fields: [Field("value", column.type)], columns: [column], rowCount: table.rowCount)
    }
}
