import Columnar

extension ExpressionFrame {
    func performConversion(_ step: Step) {
        let (int, double, slice) = (Int64.self, Double.self, TextSlice.self)
        let argument = step.arguments.0
        switch step.operation {
        case .floatFromInteger: unary(step, int, double) { Double($0) }
        case .integerFromFloat: checkedUnary(step, double, int) { Self.integer($0) }
        case .integerFromText: checkedUnary(step, slice, int) { Self.parsed(Int64($0.string), 0) }
        case .floatFromText: checkedUnary(step, slice, double) { Self.parsed(Double($0.string), 0) }
        case .timestampFromText:
            checkedUnary(step, slice, int) { Self.parsed(Timestamp(parsing: $0.bytes)?.microseconds, 0) }
        case .timestampFromSeconds: checkedUnary(step, double, int) { Self.integer(($0 * 1_000_000).rounded()) }
        case .secondsOfSpan: unary(step, int, double) { Double($0) / 1_000_000 }
        case .textFromInteger:
            let values = values(argument, int)
            text(step) { arena.copy(String(values[$0])) }
        case .textFromFloat:
            let values = values(argument, double)
            text(step) { arena.copy(String(values[$0])) }
        case .textFromBool:
            let values = values(argument, int)
            text(step) { arena.copy(values[$0] != 0 ? "true" : "false") }
        default:
            let values = values(argument, int)
            text(step) { arena.copy(Timestamp(microseconds: values[$0]).description) }
        }
    }

    @inline(__always)
    private static func integer(_ value: Double) -> (Int64, Bool) {
        // Every float64 between these bounds has a whole part of 64 bits; NaN is not between them.
        guard value > -9_223_372_036_854_777_856, value < 9_223_372_036_854_775_808 else { return (0, false) }
        return (Int64(value), true)
    }

    @inline(__always)
    private static func parsed<T>(_ value: T?, _ otherwise: T) -> (T, Bool) {
        value.map { ($0, true) } ?? (otherwise, false)
    }
}
