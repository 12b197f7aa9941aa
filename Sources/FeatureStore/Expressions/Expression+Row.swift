import Columnar

/// Computes an expression for one row of single values at a time, by the loops that columns go through.
///
/// One thread at a time; take one for each thread.
package final class ExpressionRow {
    package let expression: Expression
    private let frame: ExpressionFrame

    package init(_ expression: Expression) {
        self.expression = expression
        frame = ExpressionFrame(expression.program, capacity: 1)
    }

    /// The value for inputs in the order of `expression.inputs`.
    ///
    /// - Parameter values: each of its input's type: `.int` for integers and durations (microseconds).
    /// - Returns: nil if a value is of another type.
    package func evaluate(_ values: [Value]) -> Value? {
        precondition(values.count == expression.inputs.count)
        frame.begin(count: 1)
        return withExtendedLifetime(values) {
            var kept: [Column] = []
            for (index, value) in values.enumerated() {
                guard let column = Self.column(value, expression.inputs[index].type) else { return nil }
                ExpressionSource(column, type: expression.inputs[index].type)
                    .load(0..<1, into: expression.program.inputs[index], of: frame)
                kept.append(column)
            }
            return withExtendedLifetime(kept) {
                frame.run()
                return result()
            }
        }
    }

    private static func column(_ value: Value, _ type: ExpressionType) -> Column? {
        var builder = ColumnBuilder(type.featureType?.dataType ?? .int64)
        return builder.append(value) ? builder.finish() : nil
    }

    private func result() -> Value {
        let register = expression.program.result
        guard !frame.isNull(register, row: 0) else { return .null }
        let integer = { self.frame.values(register, Int64.self)[0] }
        switch expression.type {
        case .null: return .null
        case .bool: return .bool(integer() != 0)
        case .integer, .duration: return .int(integer())
        case .float: return .float64(frame.values(register, Double.self)[0])
        case .timestamp: return .timestamp(Timestamp(microseconds: integer()))
        case .string: return .string(frame.values(register, TextSlice.self)[0].string)
        case .bytes: return .bytes(Array(frame.values(register, TextSlice.self)[0].bytes))
        case .vector(let count):
            let elements = frame.values(register, UnsafePointer<Float>.self)[0]
            return .list((0..<count).map { .float32(elements[$0]) })
        }
    }
}
