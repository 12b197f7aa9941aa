extension ExpressionFrame {
    func performOnIntegers(_ step: Step) {
        let int = Int64.self
        switch step.operation {
        case .addIntegers:
            checkedBinary(step, int, int, int) {
                let (sum, isTooLarge) = $0.addingReportingOverflow($1)
                return (sum, !isTooLarge)
            }
        case .subtractIntegers:
            checkedBinary(step, int, int, int) {
                let (difference, isTooLarge) = $0.subtractingReportingOverflow($1)
                return (difference, !isTooLarge)
            }
        case .multiplyIntegers:
            checkedBinary(step, int, int, int) {
                let (product, isTooLarge) = $0.multipliedReportingOverflow(by: $1)
                return (product, !isTooLarge)
            }
        case .floorDivideIntegers: checkedBinary(step, int, int, int) { Self.floorDivided($0, by: $1) }
        case .moduloIntegers:
            checkedBinary(step, int, int, int) {
                guard $1 != 0 else { return (0, false) }
                // The least integer divided by -1 leaves 0, although the quotient does not fit.
                guard $1 != -1 else { return (0, true) }
                let rest = $0 % $1
                return (rest != 0 && (rest < 0) != ($1 < 0) ? rest + $1 : rest, true)
            }
        case .negateInteger: checkedUnary(step, int, int) { (0 &- $0, $0 != .min) }
        case .absoluteInteger: checkedUnary(step, int, int) { ($0 < 0 ? 0 &- $0 : $0, $0 != .min) }
        case .signOfInteger: unary(step, int, int) { $0.signum() }
        case .minimumOfIntegers: binary(step, int, int) { Swift.min($0, $1) }
        case .maximumOfIntegers: binary(step, int, int) { Swift.max($0, $1) }
        default: binary(step, int, Double.self) { Double($0) / Double($1) }
        }
    }

    @inline(__always)
    static func floorDivided(_ a: Int64, by b: Int64) -> (Int64, Bool) {
        guard b != 0, !(a == .min && b == -1) else { return (0, false) }
        let quotient = a / b
        return (a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient, true)
    }
}
