/// An expression whose types are known: what the compiler turns into steps.
struct TypedExpression: Sendable {
    indirect enum Kind: Sendable {
        /// The position among the inputs.
        case input(Int)
        case constant(ExpressionConstant)
        case operation(ExpressionOperation, [TypedExpression], parameter: Int)
    }

    var kind: Kind
    var type: ExpressionType

    /// The same value as a float, if it is an integer.
    func converted(to type: ExpressionType) -> TypedExpression {
        guard type != self.type else { return self }
        if case .constant(.integer(let value)) = kind, type == .float {
            return TypedExpression(kind: .constant(.float(Double(value))), type: .float)
        }
        if self.type == .integer, type == .float {
            return TypedExpression(kind: .operation(.floatFromInteger, [self], parameter: 0), type: .float)
        }
        // A null takes any type.
        return TypedExpression(kind: kind, type: type)
    }
}
