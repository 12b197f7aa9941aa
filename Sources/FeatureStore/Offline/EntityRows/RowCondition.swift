import Columnar

/// An expression that says which rows of a table are taken.
struct RowCondition {
    private let table: Table
    private let expression: Expression

    /// - Throws: `StoreError.badRequest` with the place of a mistake in the expression.
    init(_ text: String, over table: Table) throws(StoreError) {
        self.table = table
        do throws(ExpressionError) {
            expression = try Expression(text, names: ExpressionNames(columnsOf: table.fields))
        } catch {
            throw .badRequest("the condition '\(text.shortened)', \(error)")
        }
        guard expression.type.fits(.bool) else {
            throw .badRequest(
                "the condition '\(text.shortened)' is of type \(expression.type), not bool; compare it with something, e.g. "
                    + "\(expression.inputs.first?.name ?? "x") > 0")
        }
    }

    /// The columns that it looks at.
    var columns: [String] { expression.inputs.map(\.name) }

    /// The places of the rows for which it is true, ascending.
    func rows() -> [Int32] {
        let result = expression.evaluate(over: table, as: .bool)
        let bits = result.bits
        return (0..<Int32(table.rowCount)).filter { bits[Int($0)] && !result.isNull(Int($0)) }
    }
}
