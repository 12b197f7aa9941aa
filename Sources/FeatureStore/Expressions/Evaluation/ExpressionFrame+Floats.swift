extension ExpressionFrame {
    func performOnFloats(_ step: Step) {
        let (double, int) = (Double.self, Int64.self)
        switch step.operation {
        case .addFloats: binary(step, double, double) { $0 + $1 }
        case .subtractFloats: binary(step, double, double) { $0 - $1 }
        case .multiplyFloats: binary(step, double, double) { $0 * $1 }
        case .divideFloats: binary(step, double, double) { $0 / $1 }
        case .floorDivideFloats: binary(step, double, double) { ($0 / $1).rounded(.down) }
        case .moduloFloats:
            binary(step, double, double) {
                let rest = $0.truncatingRemainder(dividingBy: $1)
                return rest != 0 && (rest < 0) != ($1 < 0) ? rest + $1 : rest
            }
        case .negateFloat: unary(step, double, double) { -$0 }
        case .absoluteFloat: unary(step, double, double) { Swift.abs($0) }
        case .signOfFloat: unary(step, double, double) { $0 > 0 ? 1 : $0 < 0 ? -1 : $0 }
        case .minimumOfFloats: binary(step, double, double) { $0 < $1 || $0 != $0 ? $0 : $1 }
        case .maximumOfFloats: binary(step, double, double) { $0 > $1 || $0 != $0 ? $0 : $1 }
        case .floor: unary(step, double, double) { $0.rounded(.down) }
        case .ceiling: unary(step, double, double) { $0.rounded(.up) }
        case .roundToNearest: unary(step, double, double) { $0.rounded() }
        case .truncate: unary(step, double, double) { $0.rounded(.towardZero) }
        case .isNaN: unary(step, double, int) { $0 != $0 ? 1 : 0 }
        default: unary(step, double, int) { $0.isFinite ? 1 : 0 }
        }
    }
}
