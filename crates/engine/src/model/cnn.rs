//! A convolutional network: blocks of a 3 x 3 convolution, ReLU and 2 x 2 max pooling (LeCun et al. 1998, with ReLU), then
//! fully connected layers. Images are row by row, the channels of a pixel side by side.

#[cfg(feature = "train")]
use burn::tensor::{
    Tensor, activation, module,
    ops::{ConvOptions, MaxPoolOptions},
};
use domain::job::{CnnSpec, MlpSpec};

#[cfg(feature = "train")]
use super::DropoutAt;
use super::{dense::Dense, initial::Initial};
use crate::weights::Weights;

/// Numbers of a window of one channel: 3 x 3.
pub(crate) const WINDOW: usize = 9;

#[derive(Clone, Debug)]
pub(crate) struct Cnn {
    pub(crate) blocks: Vec<Block>,
    /// From what the last block gives to the classes.
    pub(crate) head: Dense,
}

/// One convolution with its pooling.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Block {
    /// Side of what goes in, in pixels; half of it comes out.
    pub(crate) size: usize,
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
}

impl Block {
    /// Side of what comes out. An odd last row or column is left out.
    pub(crate) fn half(self) -> usize {
        self.size / 2
    }

    /// Numbers of an image that goes in.
    pub(crate) fn width_before(self) -> usize {
        self.size * self.size * self.inputs
    }

    /// Numbers of an image that comes out.
    pub(crate) fn width_after(self) -> usize {
        self.half() * self.half() * self.outputs
    }
}

impl Cnn {
    pub(crate) fn new(spec: &CnnSpec, size: usize, channels: usize, outputs: usize) -> Self {
        let mut blocks = Vec::with_capacity(spec.channels.len());
        let (mut size, mut inputs) = (size, channels);
        for &outputs in &spec.channels {
            let block = Block { size, inputs, outputs: outputs as usize };
            (size, inputs) = (block.half(), block.outputs);
            blocks.push(block);
        }
        let head = MlpSpec { hidden: vec![spec.hidden], dropout: spec.dropout, ..MlpSpec::default() };
        Self { blocks, head: Dense::mlp(&head, size * size * inputs, outputs) }
    }

    pub(crate) fn inputs(&self) -> usize {
        self.blocks.first().map_or(self.head.widths[0], |block| block.width_before())
    }

    /// Parameters of all blocks.
    pub(crate) fn convolutions(&self) -> usize {
        2 * self.blocks.len()
    }

    /// Numbers a row that the largest layer takes or gives; a convolution is given each window by itself.
    pub(crate) fn widest(&self) -> usize {
        let windows = self.blocks.iter().map(|block| block.size * block.size * (WINDOW * block.inputs + block.outputs));
        windows.max().unwrap_or(1).max(self.head.widest())
    }

    /// He et al. 2015, arXiv:1502.01852, and as a stack of fully connected layers begins.
    pub(super) fn parameters(&self, mut initial: Initial) -> Weights {
        let head = initial.apart(0x5851_f42d_4c95_7f2d, "");
        for (at, block) in self.blocks.iter().enumerate() {
            let inputs = WINDOW * block.inputs;
            initial.linear(&format!("convolution.{at}"), [inputs, block.outputs], (6.0 / inputs as f32).sqrt());
        }
        let mut weights = initial.weights;
        weights.extend(self.head.parameters(head));
        weights
    }

    /// Rows x pixels to rows x outputs. `parameters` are in the order of [`super::Model::initial`].
    #[cfg(feature = "train")]
    pub(crate) fn forward(&self, x: Tensor<2>, parameters: &[Tensor<2>], dropout: Option<DropoutAt>) -> Tensor<2> {
        let rows = x.dims()[0];
        let (convolutions, head) = parameters.split_at(self.convolutions());
        let mut x = x;
        for (block, pair) in self.blocks.iter().zip(convolutions.chunks_exact(2)) {
            let Block { size, inputs, outputs } = *block;
            let image: Tensor<4> = x.reshape([rows, size, size, inputs]).permute([0, 3, 1, 2]);
            let weight: Tensor<4> = pair[0].clone().reshape([3, 3, inputs, outputs]).permute([3, 2, 0, 1]);
            let bias: Tensor<1> = pair[1].clone().reshape([outputs]);
            let options = ConvOptions::new([1, 1], [1, 1], [1, 1], 1);
            let sums = module::conv2d(image, weight, Some(bias), options);
            let pooled = module::max_pool2d(activation::relu(sums), MaxPoolOptions::new([2, 2]));
            x = pooled.permute([0, 2, 3, 1]).reshape([rows, block.width_after()]);
        }
        self.head.forward(x, head, dropout)
    }
}
