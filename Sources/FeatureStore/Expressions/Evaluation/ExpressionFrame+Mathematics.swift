import Foundation

extension ExpressionFrame {
    func performMathematics(_ step: Step) {
        let double = Double.self
        switch step.operation {
        case .squareRoot: unary(step, double, double) { $0.squareRoot() }
        case .exponential: unary(step, double, double) { exp($0) }
        case .exponentialMinusOne: unary(step, double, double) { expm1($0) }
        case .naturalLogarithm: unary(step, double, double) { log($0) }
        case .decimalLogarithm: unary(step, double, double) { log10($0) }
        case .binaryLogarithm: unary(step, double, double) { log2($0) }
        case .logarithmOfOnePlus: unary(step, double, double) { log1p($0) }
        case .power: binary(step, double, double) { pow($0, $1) }
        case .sine: unary(step, double, double) { sin($0) }
        case .cosine: unary(step, double, double) { cos($0) }
        case .tangent: unary(step, double, double) { tan($0) }
        case .arcSine: unary(step, double, double) { asin($0) }
        case .arcCosine: unary(step, double, double) { acos($0) }
        case .arcTangent: unary(step, double, double) { atan($0) }
        case .arcTangentOfTwo: binary(step, double, double) { atan2($0, $1) }
        case .hyperbolicTangent: unary(step, double, double) { tanh($0) }
        default: geoDistances(step)
        }
    }

    private func geoDistances(_ step: Step) {
        mergeNulls(step)
        let (a, b) = (values(step.arguments.0, Double.self), values(step.arguments.1, Double.self))
        let (c, d) = (values(step.arguments.2, Double.self), values(step.arguments.3, Double.self))
        let out = values(step.result, Double.self)
        for row in 0..<count { out[row] = Self.haversine(a[row], b[row], c[row], d[row]) }
    }

    /// The mean radius of the Earth (IUGG), in kilometres.
    private static let earthRadius = 6371.0088

    /// Sinnott 1984, "Virtues of the Haversine".
    private static func haversine(_ lat1: Double, _ lon1: Double, _ lat2: Double, _ lon2: Double) -> Double {
        let radians = Double.pi / 180
        let halfLatitude = sin((lat2 - lat1) * radians / 2)
        let halfLongitude = sin((lon2 - lon1) * radians / 2)
        let a =
            halfLatitude * halfLatitude
            + cos(lat1 * radians) * cos(lat2 * radians) * halfLongitude * halfLongitude
        // Rounding may lift a above 1 for antipodes; a NaN stays one.
        return 2 * earthRadius * asin((a > 1 ? 1 : a).squareRoot())
    }
}
