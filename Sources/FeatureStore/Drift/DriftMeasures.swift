import Foundation

/// How far apart two distributions are.
enum DriftMeasures {
    /// The population stability index: the sum of (b − a) · ln(b / a) over the shares of all bins. A bin without values counts
    /// as half a value, so that it is finite.
    ///
    /// - Precondition: both have as many bins, and some value.
    static func populationStability(_ a: [Int], _ b: [Int]) -> Double {
        let (aTotal, bTotal) = (Double(a.reduce(0, +)), Double(b.reduce(0, +)))
        return zip(a, b).reduce(0) { sum, pair in
            if pair.0 == 0, pair.1 == 0 { return sum }
            let (p, q) = (max(Double(pair.0), 0.5) / aTotal, max(Double(pair.1), 0.5) / bTotal)
            return sum + (q - p) * log(q / p)
        }
    }

    /// What the index exceeds in one of a hundred comparisons of samples of one distribution: it goes as (1/m + 1/n) χ² of one
    /// degree of freedom less than there are bins (Yurdakul 2018, "Statistical Properties of Population Stability Index").
    static func stabilityByChance(bins: Int, _ m: Int, _ n: Int) -> Double {
        guard bins > 1, m > 0, n > 0 else { return 0 }
        // Wilson and Hilferty 1931: the cube root of χ²/k is nearly normal; 2.326 is the normal's 99 % point.
        let k = Double(bins - 1)
        let root = 1 - 2 / (9 * k) + 2.326_347_874 * (2 / (9 * k)).squareRoot()
        return k * root * root * root * (1 / Double(m) + 1 / Double(n))
    }

    /// The Jensen–Shannon distance of the bins' shares: the root of the divergence in bits, from 0 (the same) to 1 (nothing in
    /// common).
    static func jensenShannon(_ a: [Int], _ b: [Int]) -> Double {
        let (aTotal, bTotal) = (Double(a.reduce(0, +)), Double(b.reduce(0, +)))
        func term(_ p: Double, _ mean: Double) -> Double { p == 0 ? 0 : p * log2(p / mean) }
        let divergence = zip(a, b).reduce(0.0) { sum, pair in
            let (p, q) = (Double(pair.0) / aTotal, Double(pair.1) / bTotal)
            return sum + (term(p, (p + q) / 2) + term(q, (p + q) / 2)) / 2
        }
        return max(0, divergence).squareRoot()
    }

    /// The Kolmogorov–Smirnov statistic: the greatest distance between the two cumulative distributions.
    ///
    /// - Precondition: both ascend, and neither is empty. Complexity: O(values).
    static func kolmogorovSmirnov(_ a: [Double], _ b: [Double]) -> Double {
        var (i, j, greatest) = (0, 0, 0.0)
        while i < a.count, j < b.count {
            let value = min(a[i], b[j])
            while i < a.count, a[i] == value { i += 1 }
            while j < b.count, b[j] == value { j += 1 }
            greatest = max(greatest, abs(Double(i) / Double(a.count) - Double(j) / Double(b.count)))
        }
        return greatest
    }

    /// By how much two shares of one probability differ in one of a hundred comparisons (the normal approximation).
    static func shareByChance(_ a: Int, _ m: Int, _ b: Int, _ n: Int) -> Double {
        guard m > 0, n > 0 else { return 0 }
        let share = Double(a + b) / Double(m + n)
        return 2.575_829 * (share * (1 - share) * (1 / Double(m) + 1 / Double(n))).squareRoot()
    }

    /// What the statistic exceeds in one of a hundred comparisons of samples of one distribution (Smirnov 1948).
    static func smirnovByChance(_ m: Int, _ n: Int) -> Double {
        guard m > 0, n > 0 else { return 0 }
        return 1.627_6 * (1 / Double(m) + 1 / Double(n)).squareRoot()
    }
}
